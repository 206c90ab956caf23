import { EventEmitter, once } from 'node:events';

import type { WorkspaceId } from '@openloop/kernel';
import type { AuditEntry, AuditFilter, AuditReader } from '@openloop/ledger';
import type pg from 'pg';

const BATCH = 200;
/** In case a notification is lost with its connection. */
const POLL_MS = 5_000;

/** Follows the audit trail as it is written: what the live streams send. */
export class EventFeed {
  readonly #written = new EventEmitter().setMaxListeners(0);
  #client: pg.PoolClient | undefined;

  constructor(private readonly pool: pg.Pool) {}

  async start(): Promise<void> {
    const client = await this.pool.connect();
    client.on('notification', ({ payload }) => this.#written.emit(payload ?? ''));
    client.on('error', () => undefined);
    await client.query('listen openloop_events');
    this.#client = client;
  }

  async stop(): Promise<void> {
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
}
