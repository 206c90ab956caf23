/** What a Slack program is asked to do, and what it says of it. Times in milliseconds, seen from Slack's side. */
export interface Mentioned {
  count: number;
  wallMs: number;
  /** From sending a signed event to its 200, of every event that a mention was told by. */
  ackMinMs: number;
  ackP50Ms: number;
  ackP99Ms: number;
  acks: number;
  /** Events that were not acked within Slack's three seconds, and so were sent again. */
  late: number;
  /** From sending a mention to its answer's arrival at the Web API. */
  p50Ms: number;
  p99Ms: number;
}

export interface SlackPlace {
  apiUrl: string;
  botToken: string;
  signingSecret: string;
}

export type SlackCommand =
  { kind: 'open' } | { kind: 'listen'; url: string } | { kind: 'drive'; concurrency: number; ms: number };
export type SlackAnswer =
  { place: SlackPlace } | { listening: true } | { mentioned: Mentioned } | { failed: string };
