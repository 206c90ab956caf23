import { setTimeout as pause } from 'node:timers/promises';

import { AppError, messageOf, type Secret } from '@openloop/kernel';
import type { App, Receiver } from '@slack/bolt';

import type { SlackLog, SlackTimings } from '../options.js';
import { slackErrorOf } from '../web/slack-error.js';
import { boltLog } from './bolt-log.js';
import type { DoorRecord } from './door-record.js';
import type { Intake } from './intake.js';
import { isObject } from './read-body.js';
import { SlackSocket } from './slack-socket.js';

export interface SocketReceiverParts {
  appToken: Secret;
  apiUrl?: string;
  record: Pick<DoorRecord, 'turnAway'>;
  log: SlackLog;
  timings: SlackTimings;
}

/** What the socket client emits for each envelope. */
interface Envelope {
  body: unknown;
  ack: (response?: object) => Promise<void>;
  retry_num?: number;
  retry_reason?: string;
}

interface Connection {
  ended: Promise<void>;
}

const CALL_MS = 10_000;
const CLOSE_MS = 1_000;
/** A connection that ends sooner counts as a failed one, so that a refusing Slack is not hammered. */
const SETTLED_MS = 5_000;

/**
 * Slack's Socket Mode: one connection of this process, opened again at once when Slack ends it. Slack spreads the
 * envelopes over the connections of all replicas and sends again what nobody acknowledged.
 */
export class SocketReceiver implements Receiver {
  readonly #client: SlackSocket;
  readonly #stopping = new AbortController();
  #app: App | undefined;
  #staying: Promise<void> = Promise.resolve();
  #connecting: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: SocketReceiverParts) {
    const { appToken, apiUrl, log, record } = parts;
    const clientOptions = {
      retryConfig: { retries: 0 },
      timeout: CALL_MS,
      ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    };
    const options = { appToken: appToken.reveal(), logger: boltLog(log), clientOptions };
    this.#client = new SlackSocket(options, () => record.turnAway('event_unreadable'));
  }

  init(app: App): void {
    this.#app = app;
  }

  /** Resolves on Slack's hello. */
  async start(intake: Intake): Promise<void> {
    this.#client.on('slack_event', (envelope: Envelope) => void this.#take(intake, envelope));
    try {
      const first = await this.#connect();
      this.#staying = this.#stayConnected(first);
    } catch (error) {
      throw notConnected(error);
    }
  }

  /** A socket that is just opening is let open first: the SDK leaves a 30 s timer behind when it is ended before. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#connecting, pause(CLOSE_MS, undefined, { ref: false })]);
    const force = setTimeout(() => this.#client.force(), CLOSE_MS);
    await this.#client.disconnect();
    await this.#staying;
    clearTimeout(force);
  }

  async #take(
    intake: Intake,
    { body, ack, retry_num: retryNum, retry_reason: retryReason }: Envelope,
  ): Promise<void> {
    const app = this.#app;
    if (!app) return;
    try {
      await intake.take(app, { body: isObject(body) ? body : {}, retryNum, retryReason, ack });
    } catch (error) {
      this.parts.log.warn({ error: messageOf(error) }, 'A Slack envelope is left for Slack to send again');
    }
  }

  #connect(): Promise<Connection> {
    const connecting = this.#open();
    this.#connecting = connecting.catch(() => undefined);
    return connecting;
  }

  async #open(): Promise<Connection> {
    const client = this.#client;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const onEnd = (): void => resolve();
    client.once('disconnected', onEnd);
    const tooLate = setTimeout(() => client.force(), this.parts.timings.helloMs);
    try {
      await client.start();
      return { ended };
    } catch (error) {
      client.removeListener('disconnected', onEnd);
      throw error;
    } finally {
      clearTimeout(tooLate);
    }
  }

  async #stayConnected(first: Connection): Promise<void> {
    const { signal } = this.#stopping;
    let connection: Connection | null = first;
    for (let failures = 0; !signal.aborted;) {
      const since = performance.now();
      await connection?.ended;
      if (connection && performance.now() - since >= SETTLED_MS) failures = 0;
      if (failures > 0) await this.#waitAfter(failures);
      failures += 1;
      connection = signal.aborted ? null : await this.#tryToConnect();
      if (signal.aborted && connection) await this.#client.disconnect();
    }
  }

  async #tryToConnect(): Promise<Connection | null> {
    try {
      return await this.#connect();
    } catch (error) {
      this.parts.log.error({ error: slackErrorOf(error).code }, 'Slack is not connected; trying again');
      return null;
    }
  }

  async #waitAfter(failures: number): Promise<void> {
    const { reconnectMs, reconnectMaxMs } = this.parts.timings;
    const ms = Math.min(reconnectMs * 2 ** (failures - 1), reconnectMaxMs);
    await pause(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

const REFUSED = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'not_allowed_token_type',
  'token_revoked',
]);

function notConnected(error: unknown): AppError {
  const { code } = slackErrorOf(error);
  if (REFUSED.has(code)) {
    const hint = 'Copy an app-level token (xapp-…) with the scope connections:write of the same Slack app';
    return new AppError('invalid', 'slack.app_token_refused', `Slack refused the app token: ${code}`, {
      hint,
    });
  }
  const hint =
    'See whether slack.com is reachable from here, and whether Socket Mode is switched on for the app';
  return new AppError('unavailable', 'slack.socket_unavailable', `No socket to Slack: ${code}`, { hint });
}
