import { messageOf, type Clock } from '@openloop/kernel';
import type { Desk } from '@openloop/surfaces';

import type { SlackLog } from '../options.js';

export type DoorFacts = Readonly<Record<string, string | number>>;

const WINDOW_MS = 1000;
const WRITTEN_PER_WINDOW = 20;

/**
 * Puts on record what was turned away: at most 20 a second one by one, the rest of that second counted by reason
 * in one further line, so that a flood costs the audit 21 lines a second and hides nothing.
 */
export class DoorRecord {
  #windowFrom = -Infinity;
  #written = 0;
  #uncounted = new Map<string, number>();
  #flush: NodeJS.Timeout | undefined;
  readonly #pending = new Set<Promise<void>>();

  constructor(
    private readonly desk: Pick<Desk, 'turnedAway'>,
    private readonly log: SlackLog,
    private readonly clock: Clock,
  ) {}

  /** Never throws and never waits for the database: the door must answer a flood at once. */
  turnAway(reason: string, facts: DoorFacts = {}): void {
    const now = this.clock.now().getTime();
    if (Math.abs(now - this.#windowFrom) >= WINDOW_MS) this.#nextWindow(now);
    this.#written += 1;
    if (this.#written <= WRITTEN_PER_WINDOW) return this.#write(reason, facts);
    this.#uncounted.set(reason, (this.#uncounted.get(reason) ?? 0) + 1);
    this.#flush ??= setTimeout(() => this.#writeCounts(), WINDOW_MS).unref();
  }

  /** Writes what is only counted so far and waits for every line. */
  async settle(): Promise<void> {
    this.#writeCounts();
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #nextWindow(now: number): void {
    this.#writeCounts();
    this.#windowFrom = now;
    this.#written = 0;
  }

  #writeCounts(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#uncounted.size === 0) return;
    const counts = Object.fromEntries(this.#uncounted);
    this.#uncounted = new Map();
    this.#write('flood', counts);
  }

  #write(reason: string, facts: DoorFacts): void {
    const written = this.desk.turnedAway('slack', reason, facts).catch((error: unknown) => {
      this.log.error(
        { reason, error: messageOf(error) },
        'A refused Slack request could not be put on record',
      );
    });
    this.#pending.add(written);
    void written.finally(() => this.#pending.delete(written));
  }
}
