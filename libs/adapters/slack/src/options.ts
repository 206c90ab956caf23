import type { Clock, Secret } from '@openloop/kernel';

/** Where the surface says what it cannot tell anybody else. Fields hold no message text and no secrets. */
export interface SlackLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** How Slack reaches us: over a socket that we open (`xapp-…`), or by signed requests to a public address. */
export type SlackMode = { kind: 'socket'; appToken: Secret } | { kind: 'http'; signingSecret: Secret };

/** Milliseconds. */
export interface SlackTimings {
  /** Before the first try to reconnect that follows a failed one; doubles up to `reconnectMaxMs`. */
  reconnectMs: number;
  reconnectMaxMs: number;
  /** How long a socket may take from its opening to Slack's hello. */
  helloMs: number;
  /** How long `stop` waits for what is in hand. */
  drainMs: number;
  /** How long the body of a request may take to arrive. */
  bodyMs: number;
}

export interface SlackOptions {
  /** `xoxb-…`. */
  botToken: Secret;
  mode: SlackMode;
  /** Default `https://slack.com/api/`. */
  apiUrl?: string;
  log: SlackLog;
  /** For the age of a signature and the pace of the audit. */
  clock?: Clock;
  timings?: Partial<SlackTimings>;
}

const TIMINGS: SlackTimings = {
  reconnectMs: 250,
  reconnectMaxMs: 10_000,
  helloMs: 10_000,
  drainMs: 10_000,
  bodyMs: 10_000,
};

export function timingsOf({ timings }: Pick<SlackOptions, 'timings'>): SlackTimings {
  return { ...TIMINGS, ...timings };
}
