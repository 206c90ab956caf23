import type { JsonObject } from '../loopback.js';

/** One way for a call to go wrong. What is done and what is answered are two things. */
export interface SlackFault {
  /** Whether the call takes effect: now (the default), never, or only after a while. */
  effect?: 'now' | 'never' | { afterMs: number };
  /** Milliseconds for which what is posted is in no history and in no list of replies. */
  unlistedMs?: number;
  /** Milliseconds before the answer, after the effect. */
  delayMs?: number;
  /** Without it the true answer is given. */
  answer?:
    | { kind: 'status'; status: number }
    | { kind: 'limit'; retryAfter: number }
    | { kind: 'error'; error: string; details: JsonObject }
    | { kind: 'reset' }
    | { kind: 'truncated' }
    | { kind: 'nothing' };
}

/** The misbehaviours seen in the wild, by name. */
export const slackFaults = {
  /** Nothing is done; 429 with `retry-after` in seconds. */
  rateLimited: (retryAfter: number): SlackFault => ({
    effect: 'never',
    answer: { kind: 'limit', retryAfter },
  }),
  /** Nothing is done; 500, 502 or 503. */
  down: (status = 500): SlackFault => ({ effect: 'never', answer: { kind: 'status', status } }),
  /** Nothing is done; the connection is reset. */
  reset: (): SlackFault => ({ effect: 'never', answer: { kind: 'reset' } }),
  /** Nothing is done; `{ok: false, error}`. */
  refused: (error: string, details: JsonObject = {}): SlackFault => ({
    effect: 'never',
    answer: { kind: 'error', error, details },
  }),
  /** It is done at once; the true answer comes late. */
  slow: (delayMs: number): SlackFault => ({ delayMs }),
  /** It is done, and no answer ever comes. */
  postedThenTimeout: (): SlackFault => ({ answer: { kind: 'nothing' } }),
  /** It is done, and the connection is reset before any answer. */
  postedThenReset: (): SlackFault => ({ answer: { kind: 'reset' } }),
  /** It is done, and the answer is a 500. */
  postedThen500: (): SlackFault => ({ answer: { kind: 'status', status: 500 } }),
  /** It is done; the answer stops in the middle of its JSON. */
  halfAnswer: (): SlackFault => ({ answer: { kind: 'truncated' } }),
  /** It is done, but no list of messages shows it for a while, or until `settle()`. */
  listLag: (unlistedMs = Infinity): SlackFault => ({ unlistedMs }),
  /** No answer now; it is done after a while, or at `settle()`. */
  landsLate: (afterMs = Infinity): SlackFault => ({ effect: { afterMs }, answer: { kind: 'nothing' } }),
} as const;

/** Which of the next calls goes wrong. */
export interface SlackArming {
  /** `chat.postMessage`; `response_url` for what is posted to one. */
  method: string;
  /** Only calls that name this channel's id, as `channel`, `channel_id` or `users`. */
  channel?: string;
  fault: SlackFault;
  /** How many calls; 1 by default. */
  times?: number;
  /** How many matching calls go well before that; 0 by default. */
  after?: number;
}

/** Faults that wait for their call. The one armed first goes off first. */
export class ArmedSlackFaults {
  #waiting: { arming: SlackArming; left: number; toSkip: number }[] = [];

  arm(arming: SlackArming): void {
    this.#waiting.push({ arming, left: arming.times ?? 1, toSkip: arming.after ?? 0 });
  }

  take(method: string, args: JsonObject): SlackFault | null {
    const matching = this.#waiting.filter(({ arming }) => isFor(arming, method, args));
    const found = matching.find(({ toSkip }) => toSkip === 0);
    for (const each of matching) if (each !== found && each.toSkip > 0) each.toSkip -= 1;
    if (!found) return null;
    found.left -= 1;
    if (found.left <= 0) this.#waiting = this.#waiting.filter((each) => each !== found);
    return found.arming.fault;
  }

  /** How many armings have not gone off in full: a test that ends with some has not tested what it says. */
  get waiting(): number {
    return this.#waiting.length;
  }

  disarm(): void {
    this.#waiting = [];
  }
}

function isFor({ method: wanted, channel }: SlackArming, method: string, args: JsonObject): boolean {
  if (wanted !== method) return false;
  return channel === undefined || [args['channel'], args['channel_id'], args['users']].includes(channel);
}
