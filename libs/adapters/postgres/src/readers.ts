import type { ApprovalFilter, ApprovalReader, ApprovalRecord } from '@openloop/approvals';
import type { ActionId, ApprovalId, Handle, RunId, WorkspaceId } from '@openloop/kernel';
import type { RunFilter, RunReader, RunRecord, Step, StepAction } from '@openloop/runs';
import { sql, type Kysely } from 'kysely';

import { isApproval, toApproval, votesOf } from './approval-rows.js';
import { toRun } from './run-rows.js';
import { stepsOf } from './run-store.js';
import type { Schema } from './schema.js';

interface Page {
  limit: number;
  before?: string;
}

export class PostgresApprovalReader implements ApprovalReader {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async find(id: ApprovalId): Promise<ApprovalRecord | null> {
    const [record] = await this.#records(approvalQuery(this.db, this.workspace).where(isApproval(id)));
    return record ?? null;
  }

  /** The asking for this action. */
  async ofAction(id: ActionId): Promise<ApprovalRecord | null> {
    const asked = approvalQuery(this.db, this.workspace).where('approvals.action_id', '=', id);
    return (await this.#records(asked))[0] ?? null;
  }

  async list(filter: ApprovalFilter, { limit, before }: Page): Promise<ApprovalRecord[]> {
    let query = approvalQuery(this.db, this.workspace).orderBy('approvals.id', 'desc').limit(limit);
    if (filter.states) query = query.where('approvals.state', 'in', filter.states);
    if (filter.agentId) query = query.where('approvals.agent_id', '=', filter.agentId);
    if (filter.runId) query = query.where('approvals.run_id', '=', filter.runId);
    if (filter.approver) query = query.where(sql<boolean>`${filter.approver} = any (approvals.approvers)`);
    if (before) query = query.where('approvals.id', '<', before);
    return this.#records(query);
  }

  async #records(query: ReturnType<typeof approvalQuery>): Promise<ApprovalRecord[]> {
    const rows = await query.execute();
    const votes = await votesOf(
      this.db,
      this.workspace,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      approval: toApproval(row),
      votes: votes.get(row.id) ?? [],
      agent: row.agent_name,
      initiator: row.initiator as Handle, // the table's check
      names: row.names as Record<Handle, string>, // made by the query from handles
      now: row.now,
      action: {
        id: row.action_id as ActionId,
        state: row.action_state,
        outcome: row.outcome as Record<string, unknown> | null, // always written from an object
        args: JSON.parse(row.args),
        spentMicros: row.cost_micros ?? 0,
        isSimulated: row.simulated ?? false,
        agentRevision: row.agent_revision,
      },
    }));
  }
}

/** What people call whoever asked, voted or decided. */
const NAMES = sql`(
  select coalesce(jsonb_object_agg(person.handle, person.name), '{}') from principals person
  where person.workspace_id = approvals.workspace_id and (
    person.id = approvals.initiator_id or person.handle = approvals.decision ->> 'by'
    or person.id in (select principal_id from votes where approval_id = approvals.id)))`.as('names');

function approvalQuery(db: Kysely<Schema>, workspace: WorkspaceId) {
  return db
    .selectFrom('approvals')
    .innerJoin('agents', 'agents.id', 'approvals.agent_id')
    .innerJoin('principals', 'principals.id', 'approvals.initiator_id')
    .innerJoin('actions', 'actions.id', 'approvals.action_id')
    .leftJoin('runs', 'runs.id', 'approvals.run_id')
    .selectAll('approvals')
    .select(['agents.name as agent_name', 'principals.handle as initiator', 'actions.state as action_state'])
    .select([
      'actions.outcome',
      'actions.args',
      'actions.agent_revision',
      'runs.cost_micros',
      'runs.simulated',
    ])
    .select(sql<Date>`clock_timestamp()`.as('now'))
    .select(NAMES)
    .where('approvals.workspace_id', '=', workspace);
}

const SHORT_LENGTH = 'run_'.length + 8;

export class PostgresRunReader implements RunReader {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async find(id: RunId): Promise<RunRecord | null> {
    const isRun =
      id.length === SHORT_LENGTH
        ? sql<boolean>`right(runs.id, 8) = ${id.slice('run_'.length)}`
        : sql<boolean>`runs.id = ${id}`;
    const row = await runQuery(this.db, this.workspace).where(isRun).executeTakeFirst();
    return row ? toRecord(row) : null;
  }

  async list(filter: RunFilter, { limit, before }: Page): Promise<RunRecord[]> {
    let query = runQuery(this.db, this.workspace).orderBy('runs.id', 'desc').limit(limit);
    if (filter.agentId) query = query.where('runs.agent_id', '=', filter.agentId);
    if (filter.states) query = query.where('runs.state', 'in', filter.states);
    if (before) query = query.where('runs.id', '<', before);
    return (await query.execute()).map(toRecord);
  }

  async steps(id: RunId): Promise<{ steps: { step: Step; createdAt: Date }[]; actions: StepAction[] }> {
    const { steps, actions } = await stepsOf(this.db, this.workspace, id);
    return { steps, actions: [...actions.values()] };
  }
}

function runQuery(db: Kysely<Schema>, workspace: WorkspaceId) {
  return db
    .selectFrom('runs')
    .innerJoin('agents', 'agents.id', 'runs.agent_id')
    .innerJoin('principals', 'principals.id', 'runs.initiator_id')
    .innerJoin('messages', (join) =>
      join
        .onRef('messages.session_id', '=', 'runs.session_id')
        .onRef('messages.seq', '=', 'runs.trigger_seq'),
    )
    .selectAll('runs')
    .select(['agents.name as agent_name', 'principals.handle as initiator', 'messages.text as input'])
    .select(
      sql<
        string[]
      >`array(select a.id from approvals a where a.run_id = runs.id and a.state = 'pending' order by a.id)`.as(
        'held',
      ),
    )
    .where('runs.workspace_id', '=', workspace);
}

type RunRow = Awaited<ReturnType<ReturnType<typeof runQuery>['executeTakeFirstOrThrow']>>;

function toRecord(row: RunRow): RunRecord {
  return {
    run: toRun(row),
    agent: row.agent_name,
    initiator: row.initiator as Handle, // the table's check
    input: row.input,
    steps: row.step_count,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    heldApprovals: row.held,
  };
}
