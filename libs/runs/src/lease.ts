import type { Handle, RunId, Transact, WorkspaceId } from '@openloop/kernel';

import type { RunStores } from './run-store.js';

export const LEASE_SECONDS = 30;
const RENEW_MS = 3_000;

export interface LeasedRun {
  workspace: WorkspaceId;
  runId: RunId;
  token: string;
}

/**
 * Keeps a run's lease while its worker lives, and learns from the row when somebody asked it to stop.
 * `signal` fires when the lease is lost or the run is to be cancelled.
 */
export class Lease {
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #cancelledBy: Handle | null = null;

  constructor(
    readonly leased: LeasedRun,
    private readonly transact: Transact<RunStores>,
  ) {
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Who asked the run to stop, once the row said so. */
  get cancelledBy(): Handle | null {
    return this.#cancelledBy;
  }

  /** Asks the row now, rather than at the next beat. */
  async check(): Promise<void> {
    await this.#renew();
  }

  release(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const { workspace, runId, token } = this.leased;
    try {
      const held = await this.transact(workspace, ({ runs }) => runs.renew(runId, token, LEASE_SECONDS));
      if (held && !held.cancelledBy) return;
      this.#cancelledBy = held?.cancelledBy ?? null;
      this.#stop.abort();
    } catch {
      // The database is away: the lease runs out by itself, and every write of this run is fenced by its token.
    }
  }
}
