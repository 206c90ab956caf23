interface Entry<T> {
  until: number;
  value: Promise<T>;
}

export interface KeptOptions {
  forMs: number;
  /** Entries beyond this push out the oldest. */
  most: number;
  now: () => number;
}

/** Answers that are believed for a while. Whoever asks meanwhile gets the same answer; a failure is not kept. */
export class Kept<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: KeptOptions;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const { forMs, most, now } = this.#options;
    const known = this.#entries.get(key);
    if (known && known.until > now()) return known.value;
    const entry: Entry<T> = { until: now() + forMs, value: ask() };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > most && !oldest.done) this.#entries.delete(oldest.value);
    return entry.value;
  }
}
