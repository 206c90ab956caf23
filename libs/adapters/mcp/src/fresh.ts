export interface Fetched<Value> {
  value: Value;
  /** How long its author says it is good for; `null` when nothing is said. Only ever shortens. */
  ttlMs: number | null;
}

interface Kept<Value> {
  value: Value;
  at: number;
  until: number;
}

/** A failure is remembered so long at most, so that a dead server does not delay every step of every run. */
const FAILURE_MS = 5_000;

/** One value from far away, fetched by one at a time and kept for as long as whoever asks lets it be old. */
export class Fresh<Value> {
  #kept: Kept<Value> | null = null;
  #failed: { error: unknown; at: number } | null = null;
  #current: { since: number; promise: Promise<Value> } | null = null;
  #following: Promise<Value> | null = null;
  #changes = 0;

  constructor(
    private readonly fetch: () => Promise<Fetched<Value>>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Drops what is known: somebody said that it changed. */
  forget(): void {
    this.#changes += 1;
    this.#kept = null;
    this.#failed = null;
  }

  async get(maxAgeMs: number): Promise<Value> {
    const oldest = this.now() - maxAgeMs;
    const kept = this.#kept;
    if (kept && kept.at > oldest && kept.until > this.now()) return kept.value;
    const failed = this.#failed;
    if (failed && failed.at > Math.max(oldest, this.now() - FAILURE_MS)) throw failed.error;
    if (!this.#current) return this.#start();
    if (this.#current.since > oldest) return this.#current.promise;
    // What is under way may have been read before the change this caller must see; the next one is shared.
    this.#following ??= this.#current.promise.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#following;
  }

  #start(): Promise<Value> {
    this.#following = null;
    const since = this.now();
    const promise = this.#fetch(since).finally(() => {
      if (this.#current?.promise === promise) this.#current = null;
    });
    this.#current = { since, promise };
    return promise;
  }

  async #fetch(since: number): Promise<Value> {
    const changes = this.#changes;
    try {
      const { value, ttlMs } = await this.fetch();
      const until = ttlMs === null ? Infinity : since + Math.max(0, ttlMs);
      if (changes === this.#changes) this.#kept = { value, at: since, until };
      this.#failed = null;
      return value;
    } catch (error) {
      this.#failed = { error, at: this.now() };
      throw error;
    }
  }
}
