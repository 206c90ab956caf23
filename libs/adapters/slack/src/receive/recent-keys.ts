/** The keys that were added last, a bounded number of them. */
export class RecentKeys {
  readonly #keys = new Set<string>();

  constructor(private readonly limit = 5_000) {}

  /** False when the key is there already. */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= this.limit) break;
      this.#keys.delete(oldest);
    }
    return true;
  }
}
