import type { Approval, ApprovalStore, Decision, LockedApproval, Vote } from '@openloop/approvals';
import type { ApprovalId, Handle, PrincipalId, RunId, WorkspaceId } from '@openloop/kernel';
import { sql, type Kysely } from 'kysely';

import { isApproval, toApproval, votesOf } from './approval-rows.js';
import type { Schema } from './schema.js';
import { jsonText, storableText } from './storable.js';

export class PostgresApprovalStore implements ApprovalStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async lock(id: ApprovalId): Promise<LockedApproval | null> {
    const row = await this.db
      .selectFrom('approvals')
      .innerJoin('agents', 'agents.id', 'approvals.agent_id')
      .innerJoin('agent_revisions', (join) =>
        join
          .onRef('agent_revisions.agent_id', '=', 'agents.id')
          .onRef('agent_revisions.revision', '=', 'agents.revision'),
      )
      .selectAll('approvals')
      .select([
        'agents.name',
        'agents.state as agent_state',
        'agent_revisions.authority_digest as current_authority',
      ])
      .select(sql<Date>`clock_timestamp()`.as('now'))
      .where('approvals.workspace_id', '=', this.workspace)
      .where(isApproval(id))
      .forUpdate('approvals')
      .executeTakeFirst();
    if (!row) return null;
    const votes = await votesOf(this.db, this.workspace, [row.id]);
    return {
      approval: toApproval(row),
      votes: votes.get(row.id) ?? [],
      now: row.now,
      agent: {
        name: row.name,
        state: row.agent_state as LockedApproval['agent']['state'], // the table's check
        authorityDigest: row.current_authority,
      },
    };
  }

  async insert(
    approval: Omit<Approval, 'createdAt' | 'decideBy' | 'decision' | 'state' | 'revision'>,
    decideBy: Date,
  ): Promise<void> {
    await this.db
      .insertInto('approvals')
      .values({
        id: approval.id,
        workspace_id: this.workspace,
        kind: approval.kind,
        action_id: approval.actionId,
        agent_id: approval.agentId,
        run_id: approval.runId,
        state: 'pending',
        digest: approval.digest,
        permission: approval.permission,
        authority_digest: approval.authorityDigest,
        tool_digest: approval.toolDigest,
        description: jsonText(approval.description),
        stated_reason: approval.statedReason && storableText(approval.statedReason),
        approvers: [...approval.approvers],
        min_approvals: approval.minApprovals,
        self_approval: approval.selfApproval,
        initiator_id: approval.initiatorId,
        decide_by: decideBy,
      })
      .execute();
  }

  async vote(
    approvalId: ApprovalId,
    vote: Pick<Vote, 'principalId' | 'verdict' | 'reason' | 'via'> & { digest: string },
  ): Promise<boolean> {
    const row = await this.db
      .insertInto('votes')
      .values({
        workspace_id: this.workspace,
        approval_id: approvalId,
        principal_id: vote.principalId,
        verdict: vote.verdict,
        digest: vote.digest,
        reason: vote.reason && storableText(vote.reason),
        via: vote.via,
      })
      .onConflict((conflict) => conflict.columns(['approval_id', 'principal_id']).doNothing())
      .returning('approval_id')
      .executeTakeFirst();
    return row !== undefined;
  }

  async close(approvalId: ApprovalId, decision: Omit<Decision, 'at'>): Promise<Date> {
    const row = await this.db
      .updateTable('approvals')
      .set({
        state: decision.verdict,
        decision: jsonText(decision),
        decided_at: sql<Date>`clock_timestamp()`,
      })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', approvalId)
      .where('state', '=', 'pending')
      .returning('decided_at')
      .executeTakeFirstOrThrow();
    return row.decided_at ?? new Date();
  }

  async handlesOf(id: PrincipalId): Promise<Handle[]> {
    const row = await this.db
      .selectFrom('principals')
      .select(sql<string[]>`handles_of(${this.workspace}, id)`.as('handles'))
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    return (row?.handles ?? []) as Handle[]; // the tables' checks
  }

  async pendingOfRun(runId: RunId): Promise<ApprovalId[]> {
    const rows = await this.db
      .selectFrom('approvals')
      .select('id')
      .where('workspace_id', '=', this.workspace)
      .where('run_id', '=', runId)
      .where('state', '=', 'pending')
      .orderBy('id')
      .execute();
    return rows.map(({ id }) => id as ApprovalId); // ids keep their prefix
  }
}
