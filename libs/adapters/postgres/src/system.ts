import { SILENT_SECONDS } from '@openloop/actions';
import type { Job, WorkspaceId } from '@openloop/kernel';
import { newId } from '@openloop/kernel';
import { sql, type Kysely } from 'kysely';

import { IS_BEHIND } from './run-store.js';
import type { Schema } from './schema.js';

/** A wake-up taken from the outbox, to be confirmed once the queue has it. */
export interface ClaimedJob extends Job {
  outboxId: number;
}

const BATCH = 200;
/** A relay that took wake-ups and died: after this another one takes them. */
const RELAY_SECONDS = 10;

/** What concerns all workspaces: the outbox, the repairs, and the workspaces themselves. */
export class PostgresSystem {
  constructor(private readonly db: Kysely<Schema>) {}

  async ensureWorkspace(name: string): Promise<WorkspaceId> {
    await this.db
      .insertInto('workspaces')
      .values({ id: newId('wsp'), name })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const row = await this.db
      .selectFrom('workspaces')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    return row.id as WorkspaceId; // ids keep their prefix
  }

  /** What this workspace's buttons are sealed with. */
  async buttonKey(workspace: WorkspaceId): Promise<string> {
    const row = await this.db
      .selectFrom('workspaces')
      .select('button_key')
      .where('id', '=', workspace)
      .executeTakeFirstOrThrow();
    return row.button_key;
  }

  /** Takes wake-ups that nobody has, oldest first. */
  async claimOutbox(): Promise<ClaimedJob[]> {
    const { rows } = await sql<{ id: number; workspace_id: WorkspaceId; job: Job['name']; subject: string }>`
      update outbox set claimed_at = clock_timestamp()
      where id in (
        select id from outbox
        where claimed_at is null or claimed_at < clock_timestamp() - make_interval(secs => ${RELAY_SECONDS})
        order by id limit ${BATCH} for update skip locked
      )
      returning id, workspace_id, job, subject`.execute(this.db);
    return rows.map((row) => ({
      outboxId: row.id,
      workspace: row.workspace_id,
      name: row.job,
      id: row.subject,
    }));
  }

  async confirmOutbox(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.db.deleteFrom('outbox').where('id', 'in', ids).execute();
  }

  /** Holds nobody ended in time are charged in full, and booked as usage: the provider may have billed them. */
  async chargeExpiredHolds(): Promise<void> {
    await sql`
      with charged as materialized (
        select due.* from (
          select * from budget_holds
          where state = 'held' and expires_at < clock_timestamp()
            -- Two sweeps that lock many counters at once could wait for each other.
            and (select pg_try_advisory_xact_lock(hashtextextended('charge-holds', 0)))
          order by workspace_id, id limit ${BATCH}) due
        where budget_end(due.workspace_id, due.id, 'charged', 0)
      )
      insert into usage_records (id, workspace_id, agent_id, run_id, principal_id, surface, channel, task_kind,
        model, cost_micros, simulated, outcome, hold_id)
      select 'use_' || upper(replace(gen_random_uuid()::text, '-', '')), r.workspace_id, r.agent_id, r.id,
        r.initiator_id, r.trigger ->> 'surface', r.trigger ->> 'channel', r.trigger #>> '{labels,task}',
        charged.model, charged.amount_u, charged.simulated, 'error', charged.id
      from charged join runs r on r.id = charged.run_id
      on conflict (workspace_id, hold_id) do nothing`.execute(this.db);
  }

  /** Approvals whose time has come. */
  async dueApprovals(): Promise<{ workspace: WorkspaceId; id: string }[]> {
    return this.#addresses(sql`
      select workspace_id, id from approvals
      where state = 'pending' and decide_by <= clock_timestamp() limit ${BATCH}`);
  }

  /** Actions that wait for a worker: approved and unsent, sent and silent, or due for a look. */
  async dueActions(): Promise<{ workspace: WorkspaceId; id: string }[]> {
    return this.#addresses(sql`
      select workspace_id, id from actions
      where (state = 'ready' and (not_before is null or not_before <= clock_timestamp()))
        or (state = 'started' and started_at < clock_timestamp() - make_interval(secs => ${SILENT_SECONDS}))
        or (state = 'unknown' and look_at <= clock_timestamp())
      order by coalesce(not_before, started_at, look_at, created_at)
      limit ${BATCH}`);
  }

  /** Runs that wait for a worker: queued, abandoned in the middle, or waiting for nothing any more. */
  async dueRuns(): Promise<{ workspace: WorkspaceId; id: string }[]> {
    return this.#addresses(sql`
      select workspace_id, id from runs
      where (state = 'queued' and created_at < clock_timestamp() - interval '5 seconds' and not ${IS_BEHIND})
        or (state = 'running' and lease_until < clock_timestamp())
        or (state = 'waiting' and not exists (
          select 1 from actions a where a.run_id = runs.id and a.state in ('held', 'ready', 'started', 'unknown')))
      limit ${BATCH}`);
  }

  /** Messages that may differ from the row they show, and those whose sender went silent. */
  async dueDeliveries(): Promise<{ workspace: WorkspaceId; id: string }[]> {
    return this.#addresses(sql`
      select workspace_id, id from deliveries
      where not gone and ((due_at <= clock_timestamp() and fence is null) or lease_until < clock_timestamp())
      order by due_at limit ${BATCH}`);
  }

  /** For a database that only one process can open: whoever held a lease before this start is gone. */
  async expireLeases(): Promise<void> {
    await sql`update runs set lease_until = clock_timestamp() where state = 'running'`.execute(this.db);
    await sql`
      update actions set started_at = started_at - make_interval(secs => ${SILENT_SECONDS})
      where state = 'started'`.execute(this.db);
    await sql`update deliveries set lease_until = clock_timestamp() - interval '1 second' where fence is not null`.execute(
      this.db,
    );
  }

  async #addresses(query: ReturnType<typeof sql>): Promise<{ workspace: WorkspaceId; id: string }[]> {
    const { rows } = await query.execute(this.db);
    return rows.map((row) => {
      const { workspace_id, id } = row as { workspace_id: WorkspaceId; id: string }; // the queries above select these two
      return { workspace: workspace_id, id };
    });
  }
}
