import type { Clock } from '@openloop/kernel';

const KEEP_MS = 600_000;

/**
 * Signatures of requests that were let in, so that the same signed bytes are not let in twice. Twice as long as
 * a signature is valid. Slack's own retries carry a new timestamp and so a new signature.
 *
 * Kept by one process: what two replicas let in each, the decision itself takes once.
 */
export class ReplayTable {
  readonly #until = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly limit = 20_000,
  ) {}

  /** False when the signature was seen before. Only ever called with a signature that is right. */
  add(signature: string): boolean {
    const now = this.clock.now().getTime();
    this.#prune(now);
    if (this.#until.has(signature)) return false;
    this.#until.set(signature, now + KEEP_MS);
    return true;
  }

  /** For a request that Slack is asked to send again. */
  forget(signature: string): void {
    this.#until.delete(signature);
  }

  get size(): number {
    return this.#until.size;
  }

  #prune(now: number): void {
    for (const [signature, until] of this.#until) {
      if (until > now && this.#until.size < this.limit) return;
      this.#until.delete(signature);
    }
  }
}
