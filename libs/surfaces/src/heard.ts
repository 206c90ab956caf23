import type { ThreadRef } from './surface-event.js';

/** Somebody's account at a chat product. Ids decide; names are for reading only. */
export interface Account {
  surface: string;
  /** The product's own immutable id behind its tenant: `T0ACME/U0PRIYA`. */
  id: string;
  name: string;
  /** Why this account is nobody of the team, or `null`. An outsider neither asks nor decides. */
  outsider: 'bot' | 'deactivated' | 'guest' | 'stranger' | null;
}

/** A message as a surface heard it: verified, not its own, and not yet known to concern an agent. */
export interface Heard {
  /** One per message however often and in whatever shape it is delivered: `C0DEV/1700000000.000100`. */
  key: string;
  /** When it was said, by the product's clock. Orders the messages of a thread. */
  at: Date;
  thread: ThreadRef;
  /** `#dev-platform`; `null` in a direct conversation. */
  channelName: string | null;
  isDirect: boolean;
  /** Whether it was said inside a thread, not as the start of one. */
  isReply: boolean;
  author: Account;
  /** Plain text: the mention of the agent taken out, other mentions as names. */
  text: string;
  /** Whom it is addressed to by mention. */
  mentions: 'agent' | 'others' | 'nobody';
}

/** What was made of a message. `words` are for its author alone. */
export type HeardAs =
  /** `unmuted` when the thread had been muted until now. */
  | { kind: 'queued'; runId: string; isNew: boolean; unmuted?: boolean }
  | { kind: 'ignored'; why: 'no_agent' | 'not_addressed' | 'muted' | 'outsider' | 'heard_before' }
  | { kind: 'refused'; words: string }
  | { kind: 'muted' | 'unmuted' }
  | { kind: 'stopped'; words: string };
