import { setTimeout as sleep } from 'node:timers/promises';

import type { JsonObject } from '../loopback.js';
import type { Carrier } from './slack-carrier.js';
import { disordered, type SlackDisorder } from './slack-disorder.js';
import type { SlackAttempt, SlackDelivery, SlackDeliveryKind } from './slack-types.js';

export interface SlackOutboxOptions {
  now: () => Date;
  /** Milliseconds before each retry of an event. */
  retryDelaysMs: readonly number[];
  /** What becomes of an event while the app has no socket open. */
  whileClosed: 'queue' | 'lose';
  carrier: () => Carrier;
  onNew: (delivery: SlackDelivery) => void;
}

export interface Parcel {
  id: string;
  kind: SlackDeliveryKind;
  about: string;
  payload: JsonObject;
}

/** The simulator's own side of a delivery. */
type Live = Omit<{ -readonly [K in keyof SlackDelivery]: SlackDelivery[K] }, 'attempts'> & {
  attempts: SlackAttempt[];
};

/** Tells the app what happened: once, and again when it does not ack an event. */
export class SlackOutbox {
  readonly #options: SlackOutboxOptions;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #queue: { delivery: Live; retry: number }[] = [];
  #held: Live[] | null = null;

  constructor(options: SlackOutboxOptions) {
    this.#options = options;
  }

  /** Resolves after the first attempt, whatever came of it; retries go on behind it. */
  async deliver(parcel: Parcel): Promise<SlackDelivery> {
    const delivery: Live = {
      ...parcel,
      state: 'sending',
      attempts: [],
      acked: false,
      ackMs: null,
      response: null,
    };
    this.#options.onNew(delivery);
    if (this.#held) {
      delivery.state = 'held';
      this.#held.push(delivery);
      return delivery;
    }
    await this.#attempt(delivery, 0, '');
    return delivery;
  }

  /** Delivers without anybody waiting for it. */
  post(parcel: Parcel): void {
    this.#track(this.deliver(parcel).then(() => undefined));
  }

  /** Holds back what `act` causes, then delivers it in disorder: shuffled, each event several times. */
  async inDisorder(disorder: SlackDisorder, act: () => Promise<unknown>): Promise<readonly SlackDelivery[]> {
    if (this.#held) throw new Error('Another batch is being held back');
    const held: Live[] = [];
    this.#held = held;
    try {
      await act();
    } finally {
      this.#held = null;
    }
    const order = disordered(held, disorder);
    const seen = new Map<Live, number>();
    const attempts = order.map((delivery) => {
      const copy = seen.get(delivery) ?? 0;
      seen.set(delivery, copy + 1);
      return this.#attempt(delivery, copy, copy > 0 ? this.#options.carrier().timeoutReason : '');
    });
    await Promise.all(attempts);
    return held;
  }

  /** Sends what has waited for a socket. */
  flush(): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const { delivery, retry } of waiting) {
      // The try that found no socket counted: what comes after it is a retry, as with the true Slack.
      this.#track(this.#attempt(delivery, retry + 1, this.#options.carrier().timeoutReason));
    }
  }

  /** Resolves when nothing is being sent and no retry is due any more. What waits for a socket is not waited for. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  close(): void {
    this.#closed.abort();
    this.#queue = [];
  }

  async #attempt(delivery: Live, retry: number, reason: string): Promise<void> {
    const carrying = this.#options.carrier().carry(delivery, { retry, reason });
    if (!carrying) {
      this.#park(delivery, retry);
      return;
    }
    if (!delivery.acked) delivery.state = 'sending';
    const attempt: SlackAttempt = {
      at: this.#options.now(),
      retry,
      reason,
      outcome: 'waiting',
      connection: null,
      status: null,
      ackMs: null,
      response: null,
    };
    delivery.attempts.push(attempt);
    const sentAt = performance.now();
    const { noRetry = false, ...seen } = await carrying;
    Object.assign(attempt, seen);
    if (seen.outcome === 'acked') attempt.ackMs = performance.now() - sentAt;
    this.#conclude(delivery, attempt, noRetry);
  }

  #conclude(delivery: Live, attempt: SlackAttempt, noRetry: boolean): void {
    if (delivery.acked) return;
    const { outcome, response, ackMs, retry } = attempt;
    if (outcome === 'acked') {
      Object.assign(delivery, { state: 'acked', acked: true, ackMs, response });
      return;
    }
    delivery.response ??= response;
    const delay = this.#options.retryDelaysMs[retry];
    if (delivery.kind !== 'events_api' || noRetry || delay === undefined) {
      delivery.state = 'failed';
      return;
    }
    const reason = outcome === 'timeout' ? this.#options.carrier().timeoutReason : outcome;
    this.#track(this.#retry(delivery, { delay, retry: retry + 1, reason }));
  }

  async #retry(delivery: Live, next: { delay: number; retry: number; reason: string }): Promise<void> {
    try {
      await sleep(next.delay, undefined, { signal: this.#closed.signal, ref: false });
    } catch {
      return;
    }
    await this.#attempt(delivery, next.retry, next.reason);
  }

  /** There is no way to the app. A click is not kept for later: the person is told at once that it failed. */
  #park(delivery: Live, retry: number): void {
    if (delivery.acked) return;
    const isKept = delivery.kind === 'events_api' && this.#options.whileClosed === 'queue';
    delivery.state = isKept ? 'queued' : 'lost';
    if (isKept) this.#queue.push({ delivery, retry });
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
