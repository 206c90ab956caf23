/**
 * One way for GitHub to misbehave. What is done and what is answered are two things: that they differ
 * is the whole trouble with writes over a network.
 */
export interface GitHubFault {
  /** Whether the request takes effect: now (the default), never, or only after a while. */
  effect?: 'now' | 'never' | { afterMs: number };
  /** Milliseconds for which what is created is in no list, though it can be read by its number. */
  unlistedMs?: number;
  /** Milliseconds before the answer, after the effect. */
  delayMs?: number;
  /** Without it the true answer is given. */
  answer?:
    | { kind: 'status'; status: number }
    | { kind: 'limit'; status: 403 | 429; retryAfter: number }
    | { kind: 'reset' }
    | { kind: 'truncated' }
    | { kind: 'nothing' };
}

/** The misbehaviours seen in the wild, by name. */
export const githubFaults = {
  /** It is created, and the answer is a 502. */
  createdThen502: (): GitHubFault => ({ answer: { kind: 'status', status: 502 } }),
  /** It is created, and the connection is reset before any answer. */
  createdThenReset: (): GitHubFault => ({ answer: { kind: 'reset' } }),
  /** It is created, and no answer ever comes. */
  createdThenSilence: (): GitHubFault => ({ answer: { kind: 'nothing' } }),
  /** It is created at once; the true answer comes late. */
  slow: (delayMs: number): GitHubFault => ({ delayMs }),
  /** It is created; the answer stops in the middle of its JSON. */
  truncatedJson: (): GitHubFault => ({ answer: { kind: 'truncated' } }),
  /** Nothing is done; 500, 502 or 503. */
  down: (status = 502): GitHubFault => ({ effect: 'never', answer: { kind: 'status', status } }),
  /** Nothing is done; the secondary rate limit, with `retry-after` in seconds. */
  secondaryLimit: (status: 403 | 429, retryAfter: number): GitHubFault => ({
    effect: 'never',
    answer: { kind: 'limit', status, retryAfter },
  }),
  /** It is created and readable by number, but lists do not show it for a while, or until `settle()`. */
  listLag: (unlistedMs = Infinity): GitHubFault => ({ unlistedMs }),
  /** 502 now; the object appears after a while, or at `settle()`. */
  landsLate: (afterMs = Infinity): GitHubFault => ({
    effect: { afterMs },
    answer: { kind: 'status', status: 502 },
  }),
} as const;

/** Which of the next requests misbehaves. */
export interface GitHubArming {
  method: 'GET' | 'POST' | 'PATCH';
  /** The path without its query, or a pattern for it. */
  path: string | RegExp;
  fault: GitHubFault;
  /** How many requests; 1 by default. */
  times?: number;
}

/** Faults that wait for their request. The one armed first goes off first. */
export class ArmedFaults {
  #waiting: { arming: GitHubArming; left: number }[] = [];

  arm(arming: GitHubArming): void {
    this.#waiting.push({ arming, left: arming.times ?? 1 });
  }

  /** The fault for this request, if one waits for it. */
  take(method: string, path: string): GitHubFault | null {
    const found = this.#waiting.find(({ arming }) => arming.method === method && matches(arming.path, path));
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

function matches(wanted: string | RegExp, path: string): boolean {
  return typeof wanted === 'string' ? wanted.toLowerCase() === path.toLowerCase() : wanted.test(path);
}
