import { EventEmitter, once } from 'node:events';

import type { WorkspaceId } from '@openloop/kernel';
import type { AuditEntry, AuditFilter, AuditReader } from '@openloop/ledger';
import type pg from 'pg';

const BATCH = 200;
/** While no connection listens, and in case a notification is lost with one. */
const POLL_MS = 2_000;

/** Follows the audit trail as it is written: what the live streams send. */
export class EventFeed {
  readonly #written = new EventEmitter().setMaxListeners(0);
  #client: pg.PoolClient | undefined;
  #isStopped = false;

  constructor(private readonly pool: pg.Pool) {}

  async start(): Promise<void> {
    const client = await this.pool.connect();
    client.on('notification', ({ payload }) => this.#written.emit(payload ?? ''));
    client.on('error', () => void this.#listenAgain());
    await client.query('listen openloop_events');
    this.#client = client;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#client?.release(true);
    this.#client = undefined;
  }

  /** Every entry after `filter.after` that the filter lets through, for as long as `signal` is quiet. */
  async *follow(
    audit: AuditReader,
    workspace: WorkspaceId,
    { filter, signal }: { filter: AuditFilter & { after: number }; signal: AbortSignal },
  ): AsyncGenerator<AuditEntry> {
    let after = filter.after;
    while (!signal.aborted) {
      // Listening starts before reading, so that nothing written in between is missed.
      const written = this.#next(workspace, signal);
      const entries = await audit.list({ ...filter, after }, { limit: BATCH, order: 'asc' });
      for (const entry of entries) {
        after = entry.seq;
        yield entry;
      }
      if (entries.length === 0) await written;
    }
  }

  async #next(workspace: WorkspaceId, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, AbortSignal.timeout(POLL_MS)]);
    await once(this.#written, workspace, { signal: either }).catch(() => undefined);
  }

  /** Until it listens again, followers look by themselves every few seconds. */
  async #listenAgain(): Promise<void> {
    this.#client?.release(true);
    this.#client = undefined;
    while (!this.#client && !this.#isStopped) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS).unref());
      if (!this.#isStopped) await this.start().catch(() => undefined);
    }
  }
}
