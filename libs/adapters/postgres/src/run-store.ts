import type { AgentId, Handle, RunId, WorkspaceId } from '@openloop/kernel';
import type { CallResult, ClaimedRun, RunOutcome, RunState, RunStore, Step } from '@openloop/runs';
import type { RunQueueing } from '@openloop/sessions';
import { sql, type Kysely, type Selectable } from 'kysely';

import { toRevision } from './agent-store.js';
import { toRun, toStep, toStepAction } from './run-rows.js';
import type { Schema } from './schema.js';
import { jsonText } from './storable.js';

const NOW = sql<Date>`clock_timestamp()`;
/** Of a queued row of `runs`: whether something else of its session runs, or was said before it and waits too. */
export const IS_BEHIND = sql<boolean>`exists (
  select 1 from runs earlier
  where earlier.session_id = runs.session_id and earlier.state in ('queued', 'running') and earlier.id <> runs.id
    and (earlier.state = 'running' or (earlier.said_at, earlier.id) < (runs.said_at, runs.id)))`;

/** Read in the statement that lets a run go: the run of its session that is next. */
const NEXT = sql<RunId | null>`(
  select queued.id from runs queued where queued.session_id = runs.session_id and queued.state = 'queued'
  order by queued.said_at, queued.id limit 1)`.as('next');
const UNSETTLED = ['held', 'ready', 'started', 'unknown'];

export class PostgresRunQueueing implements RunQueueing {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async load(agentId: AgentId): Promise<{ open: number; lastMinute: number }> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${agentId}, 0))`.execute(this.db);
    const { rows } = await sql<{ open: number; last_minute: number }>`
      select count(*) filter (where state in ('queued', 'running')) as open,
        count(*) filter (where created_at > clock_timestamp() - interval '1 minute') as last_minute
      from runs
      where workspace_id = ${this.workspace} and agent_id = ${agentId}
        and (state in ('queued', 'running') or created_at > clock_timestamp() - interval '1 minute')`.execute(
      this.db,
    );
    return { open: rows[0]?.open ?? 0, lastMinute: rows[0]?.last_minute ?? 0 };
  }
}

export class PostgresRunStore implements RunStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async claim(id: RunId, token: string, leaseSeconds: number): Promise<ClaimedRun | null> {
    // Waits for whoever is letting the run go at this moment: the update alone would still see it leased.
    await this.db
      .selectFrom('runs')
      .select('id')
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .forNoKeyUpdate()
      .executeTakeFirst();
    const run = await this.db
      .updateTable('runs')
      .set({
        state: 'running',
        lease_token: token,
        lease_until: inSeconds(leaseSeconds),
        stalls: sql<number>`stalls + 1`,
        started_at: sql<Date>`coalesce(started_at, clock_timestamp())`,
      })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where((where) =>
        where.or([
          where.and([where('state', '=', 'queued'), where.not(IS_BEHIND)]),
          where.and([where('state', '=', 'running'), where('lease_until', '<', NOW)]),
          where.and([where('state', '=', 'waiting'), where.not(where.exists(this.#unsettled(id)))]),
        ]),
      )
      .returningAll()
      .executeTakeFirst();
    if (!run) return null;

    const revision = await this.db
      .selectFrom('agent_revisions')
      .innerJoin('agents', 'agents.id', 'agent_revisions.agent_id')
      .selectAll('agent_revisions')
      .innerJoin('agent_revisions as newest', (join) =>
        join.onRef('newest.agent_id', '=', 'agents.id').onRef('newest.revision', '=', 'agents.revision'),
      )
      .select(['agents.state as agent_state', 'newest.agent as current_agent'])
      .where('agent_revisions.workspace_id', '=', this.workspace)
      .where('agent_revisions.agent_id', '=', run.agent_id)
      .where('agent_revisions.revision', '=', run.revision)
      .executeTakeFirstOrThrow();
    const { steps, actions } = await stepsOf(this.db, this.workspace, id);
    return {
      run: toRun(run),
      revision: toRevision(revision),
      agentState: revision.agent_state as ClaimedRun['agentState'], // the table's check
      currentAgent: revision.current_agent as ClaimedRun['currentAgent'], // written from a checked agent
      messages: await this.#messages(run),
      steps: steps.map(({ step }) => step),
      actions,
    };
  }

  async renew(
    id: RunId,
    token: string,
    leaseSeconds: number,
  ): Promise<{ cancelledBy: Handle | null } | null> {
    const row = await this.#leased(id, token)
      .set({ lease_until: inSeconds(leaseSeconds) })
      .returning('cancel_requested_by')
      .executeTakeFirst();
    return row ? { cancelledBy: row.cancel_requested_by as Handle | null } : null; // written from a handle
  }

  async saveStep(
    id: RunId,
    token: string,
    step: Step & { simulated: boolean; activeMs: number },
  ): Promise<boolean> {
    const row = await this.#leased(id, token)
      .set({
        step_count: step.ordinal,
        stalls: 0,
        active_ms: sql<number>`active_ms + ${step.activeMs}`,
        cost_micros: sql<number>`cost_micros + ${step.costMicros ?? 0}`,
        simulated: step.simulated,
      })
      .where('step_count', '=', step.ordinal - 1)
      .returning('id')
      .executeTakeFirst();
    if (!row) return false;
    await this.db
      .insertInto('steps')
      .values({
        workspace_id: this.workspace,
        run_id: id,
        ordinal: step.ordinal,
        model: step.model,
        reply: jsonText(step.reply),
        calls: jsonText(step.calls),
        results: step.results === null ? null : jsonText(step.results),
        input_tokens: step.usage?.input ?? null,
        output_tokens: step.usage?.output ?? null,
        cost_micros: step.costMicros,
        latency_ms: step.latencyMs,
      })
      .execute();
    return true;
  }

  async saveResults(
    id: RunId,
    token: string,
    ordinal: number,
    results: readonly CallResult[],
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('steps')
      .set({ results: jsonText(results) })
      .where('workspace_id', '=', this.workspace)
      .where('run_id', '=', id)
      .where('ordinal', '=', ordinal)
      .where('results', 'is', null)
      .where((where) => where.exists(this.#holder(id, token)))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async park(id: RunId, token: string): Promise<{ unsettled: number; next: RunId | null } | null> {
    const row = await this.#leased(id, token)
      .set({ state: 'waiting', lease_token: null, lease_until: null })
      .where('cancel_requested_by', 'is', null)
      .returning(NEXT)
      .executeTakeFirst();
    if (!row) return null;
    // A statement of its own, so that it sees what was settled while the update waited for the row.
    const { count } = await this.#unsettled(id)
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return { unsettled: count, next: row.next };
  }

  async finish(
    id: RunId,
    token: string,
    state: 'completed' | 'failed' | 'cancelled',
    outcome: RunOutcome,
  ): Promise<{ next: RunId | null } | null> {
    const row = await this.#leased(id, token)
      .set({
        state,
        outcome: jsonText(outcome),
        lease_token: null,
        lease_until: null,
        finished_at: NOW,
      })
      .returning(NEXT)
      .executeTakeFirst();
    return row ?? null;
  }

  async cancel(
    id: RunId,
    by: Handle,
  ): Promise<{ state: RunState; agentId: AgentId; changed: boolean } | null> {
    const row = await this.db
      .selectFrom('runs')
      .select(['state', 'agent_id'])
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return null;
    const found = { state: row.state as RunState, agentId: row.agent_id as AgentId }; // the table's checks
    if (found.state === 'running') {
      await this.#row(id)
        .set({ cancel_requested_by: sql`coalesce(cancel_requested_by, ${by})` })
        .execute();
      return { ...found, changed: true };
    }
    if (found.state !== 'queued' && found.state !== 'waiting') return { ...found, changed: false };
    const outcome: RunOutcome = { kind: 'cancelled', by };
    await this.#row(id)
      .set({ state: 'cancelled', outcome: jsonText(outcome), finished_at: NOW })
      .execute();
    return { ...found, state: 'cancelled', changed: true };
  }

  #row(id: RunId) {
    return this.db.updateTable('runs').where('workspace_id', '=', this.workspace).where('id', '=', id);
  }

  #leased(id: RunId, token: string) {
    return this.#row(id).where('lease_token', '=', token).where('state', '=', 'running');
  }

  #holder(id: RunId, token: string) {
    return this.db
      .selectFrom('runs')
      .select('id')
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where('lease_token', '=', token);
  }

  #unsettled(id: RunId) {
    return this.db
      .selectFrom('actions')
      .where('workspace_id', '=', this.workspace)
      .where('run_id', '=', id)
      .where('state', 'in', UNSETTLED);
  }

  /** What was said in its thread up to its question, and what the runs before it answered, whenever they did. */
  async #messages({
    id,
    session_id: sessionId,
    trigger_seq: upTo,
    said_at: saidAt,
  }: Pick<Selectable<Schema['runs']>, 'id' | 'session_id' | 'trigger_seq' | 'said_at'>): Promise<
    ClaimedRun['messages']
  > {
    const askedUpTo = sql<boolean>`role = 'user' and (said_at, seq) <= (
      select question.said_at, question.seq from messages question
      where question.session_id = ${sessionId} and question.seq = ${upTo})`;
    const answeredBefore = sql<boolean>`role = 'assistant' and exists (
      select 1 from runs earlier where earlier.id = messages.run_id
        and (earlier.said_at, earlier.id) < (${saidAt}::timestamptz, ${id}::text))`;
    const rows = await this.db
      .selectFrom('messages')
      .select(['role', 'text'])
      .where('workspace_id', '=', this.workspace)
      .where('session_id', '=', sessionId)
      .where((where) => where.or([askedUpTo, answeredBefore]))
      // What the run answers comes last.
      .orderBy(sql`seq = ${upTo}`)
      .orderBy('said_at')
      .orderBy('seq')
      .execute();
    return rows.map(({ role, text }) => ({ role: role as 'user' | 'assistant', text })); // the table's check
  }
}

/** A run's written steps, and how the actions they proposed stand. */
export async function stepsOf(
  db: Kysely<Schema>,
  workspace: WorkspaceId,
  id: RunId,
): Promise<{ steps: { step: Step; createdAt: Date }[]; actions: ClaimedRun['actions'] }> {
  const steps = await db
    .selectFrom('steps')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', id)
    .orderBy('ordinal')
    .execute();
  const actions = await db
    .selectFrom('actions')
    .select(['id', 'state', 'outcome'])
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', id)
    .execute();
  return {
    steps: steps.map((row) => ({ step: toStep(row), createdAt: row.created_at })),
    actions: new Map(actions.map(toStepAction).map((action) => [action.id, action])),
  };
}

function inSeconds(seconds: number) {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`;
}
