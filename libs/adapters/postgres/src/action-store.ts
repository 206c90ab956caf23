import type { Action, ActionOutcome, ActionStore, LockedAction, Settlement } from '@openloop/actions';
import type { HeldActions, Refusal } from '@openloop/approvals';
import type { ActionId, WorkspaceId } from '@openloop/kernel';
import { sql, type Kysely } from 'kysely';

import { toAction } from './action-rows.js';
import { toApproval, votesOf } from './approval-rows.js';
import type { Schema } from './schema.js';
import { jsonText } from './storable.js';

const NOW = sql<Date>`clock_timestamp()`;

export class PostgresActionStore implements ActionStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async now(): Promise<Date> {
    const { rows } = await sql<{
      now: Date;
    }>`select date_trunc('milliseconds', clock_timestamp()) as now`.execute(this.db);
    return rows[0]?.now ?? new Date();
  }

  async insert(
    action: Omit<Action, 'state' | 'attempt' | 'startedAt' | 'notBefore' | 'looks' | 'outcome'>,
  ): Promise<void> {
    await this.db
      .insertInto('actions')
      .values({
        id: action.id,
        workspace_id: this.workspace,
        agent_id: action.agentId,
        agent_revision: action.agentRevision,
        run_id: action.origin?.runId ?? null,
        step: action.origin?.step ?? null,
        call_index: action.origin?.callIndex ?? null,
        permission: action.permission,
        args: action.args,
        terms: action.terms,
        digest: action.digest,
        effect_key: action.effectKey,
        state: 'held',
        execute_by: action.executeBy,
      })
      .execute();
  }

  async lock(id: ActionId): Promise<LockedAction | null> {
    const row = await this.db
      .selectFrom('actions')
      .innerJoin('agents', 'agents.id', 'actions.agent_id')
      .leftJoin('runs', 'runs.id', 'actions.run_id')
      .selectAll('actions')
      .select(['agents.name', 'agents.state as agent_state', 'agents.revision as current_revision'])
      .select(['runs.state as run_state', 'runs.cancel_requested_by'])
      .select(NOW.as('now'))
      .where('actions.workspace_id', '=', this.workspace)
      .where('actions.id', '=', id)
      .forUpdate('actions')
      .executeTakeFirst();
    if (!row) return null;
    const asked = await this.db
      .selectFrom('approvals')
      .selectAll()
      .where('workspace_id', '=', this.workspace)
      .where('action_id', '=', id)
      .executeTakeFirst();
    const votes = asked ? await votesOf(this.db, this.workspace, [asked.id]) : new Map();
    return {
      action: toAction(row),
      now: row.now,
      approval: asked ? toApproval(asked) : null,
      votes: votes.get(asked?.id ?? '') ?? [],
      // Asked to stop is stopped, also while its worker has not heard of it.
      isRunCancelled: row.run_state === 'cancelled' || (row.cancel_requested_by ?? null) !== null,
      agent: {
        name: row.name,
        state: row.agent_state as LockedAction['agent']['state'], // the table's check
        revision: row.current_revision,
      },
    };
  }

  async start(id: ActionId, fence: string): Promise<boolean> {
    return this.#changed(
      this.#from(id, 'ready').set({
        state: 'started',
        fence,
        started_at: NOW,
        not_before: null,
        attempt: sql<number>`attempt + 1`,
      }),
    );
  }

  async postpone(id: ActionId, seconds: number): Promise<boolean> {
    return this.#changed(
      this.#from(id, 'ready').set({
        not_before: sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`,
      }),
    );
  }

  // The fence is the claim: whoever lost it to a sweep can no longer say how the send ended.
  async settle(id: ActionId, fence: string, end: Settlement): Promise<boolean> {
    return this.#changed(
      this.#from(id, 'started')
        .where('fence', '=', fence)
        .set({ fence: null, ...settled(end) }),
    );
  }

  async abandon(id: ActionId, silentSeconds: number): Promise<boolean> {
    const outcome: ActionOutcome = {
      kind: 'unknown',
      reason: 'Whoever sent it stopped before the answer was written down',
    };
    return this.#changed(
      this.#from(id, 'started')
        .where('started_at', '<', sql<Date>`clock_timestamp() - make_interval(secs => ${silentSeconds})`)
        .set({ state: 'unknown', fence: null, look_at: NOW, outcome: jsonText(outcome) }),
    );
  }

  async claimLook(id: ActionId, nextLookSeconds: number): Promise<Action | null> {
    const row = await this.#from(id, 'unknown')
      .where('look_at', '<=', NOW)
      .set({
        looks: sql<number>`looks + 1`,
        look_at: sql<Date>`clock_timestamp() + make_interval(secs => ${nextLookSeconds})`,
      })
      .returningAll()
      .executeTakeFirst();
    return row ? toAction(row) : null;
  }

  async resolve(
    id: ActionId,
    { state, outcome }: { state: 'done' | 'needs_human'; outcome: ActionOutcome },
  ): Promise<boolean> {
    const settledAt = state === 'done' ? NOW : null;
    return this.#changed(
      this.#from(id, 'unknown').set({
        state,
        outcome: jsonText(outcome),
        look_at: null,
        settled_at: settledAt,
      }),
    );
  }

  #from(id: ActionId, state: Action['state']) {
    return this.db
      .updateTable('actions')
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where('state', '=', state);
  }

  async #changed(update: { executeTakeFirst(): Promise<{ numUpdatedRows: bigint }> }): Promise<boolean> {
    const { numUpdatedRows } = await update.executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

export class PostgresHeldActions implements HeldActions {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async release(id: ActionId): Promise<void> {
    await this.#from(id, ['held']).set({ state: 'ready' }).execute();
  }

  async refuse(id: ActionId, refusal: Refusal): Promise<void> {
    await this.#from(id, ['held', 'ready'])
      .set({ state: 'refused', outcome: jsonText(refusal), settled_at: NOW })
      .execute();
  }

  #from(id: ActionId, states: readonly Action['state'][]) {
    return this.db
      .updateTable('actions')
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where('state', 'in', states);
  }
}

function settled(end: Settlement) {
  switch (end.state) {
    case 'done':
    case 'failed':
      return { state: end.state, outcome: jsonText(end.outcome), settled_at: NOW };
    case 'unknown':
      return {
        state: end.state,
        outcome: jsonText(end.outcome),
        look_at: sql<Date>`clock_timestamp() + make_interval(secs => ${end.lookInSeconds})`,
      };
    case 'ready':
      return {
        state: end.state,
        not_before: sql<Date>`clock_timestamp() + make_interval(secs => ${end.retryInMs / 1000})`,
      };
  }
}
