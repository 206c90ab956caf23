import type { Approval, Decision, Vote } from '@openloop/approvals';
import type {
  ActionId,
  AgentId,
  ApprovalId,
  Handle,
  Permission,
  PrincipalId,
  RunId,
  WorkspaceId,
} from '@openloop/kernel';
import type { Description } from '@openloop/tools';
import { sql, type Kysely, type Selectable } from 'kysely';

import type { Schema } from './schema.js';

const SHORT_LENGTH = 'apr_'.length + 8;

/** Names an approval by its id or by the short form that people see. */
export function isApproval(id: ApprovalId) {
  return id.length === SHORT_LENGTH
    ? sql<boolean>`right(approvals.id, 8) = ${id.slice('apr_'.length)}`
    : sql<boolean>`approvals.id = ${id}`;
}

export function toApproval(row: Selectable<Schema['approvals']>): Approval {
  return {
    id: row.id as ApprovalId, // ids keep their prefix; the casts below rest on the table's checks
    kind: 'approve',
    actionId: row.action_id as ActionId,
    agentId: row.agent_id as AgentId,
    runId: row.run_id as RunId | null,
    state: row.state as Approval['state'],
    revision: row.revision,
    digest: row.digest,
    permission: row.permission as Permission,
    authorityDigest: row.authority_digest,
    toolDigest: row.tool_digest ?? '',
    description: row.description as Description,
    statedReason: row.stated_reason,
    approvers: row.approvers as Handle[],
    minApprovals: row.min_approvals,
    selfApproval: row.self_approval,
    initiatorId: row.initiator_id as PrincipalId,
    createdAt: row.created_at,
    decideBy: row.decide_by,
    decision: row.decided_at ? { ...(row.decision as Omit<Decision, 'at'>), at: row.decided_at } : null,
  };
}

const HAS_ACCOUNT = sql<boolean>`exists (
  select 1 from identity_links link where link.workspace_id = votes.workspace_id
    and link.principal_id = votes.principal_id)`.as('has_account');

/** Whether a product says that an account of theirs is no member's any more. */
const IS_OUTSIDE = sql<boolean>`exists (
  select 1 from identity_links link where link.workspace_id = votes.workspace_id
    and link.principal_id = votes.principal_id and not link.is_member)`.as('is_outside');

/** The votes of several approvals, in the order they were given. */
export async function votesOf(
  db: Kysely<Schema>,
  workspace: WorkspaceId,
  approvals: readonly string[],
): Promise<Map<string, Vote[]>> {
  if (approvals.length === 0) return new Map();
  const rows = await db
    .selectFrom('votes')
    .innerJoin('principals', 'principals.id', 'votes.principal_id')
    .selectAll('votes')
    .select(['principals.handle', 'principals.disabled_at'])
    .select(sql<string[]>`handles_of(${workspace}, votes.principal_id)`.as('handles'))
    .select([IS_OUTSIDE, HAS_ACCOUNT])
    .where('votes.workspace_id', '=', workspace)
    .where('votes.approval_id', 'in', approvals)
    .orderBy('votes.created_at')
    .execute();
  const votes = rows.map((row) => ({
    approvalId: row.approval_id,
    principalId: row.principal_id as PrincipalId,
    handle: row.handle as Handle,
    handles: row.handles as Handle[],
    disabled: row.disabled_at !== null || row.is_outside,
    hasAccount: row.has_account,
    digest: row.digest,
    verdict: row.verdict as Vote['verdict'],
    reason: row.reason,
    via: row.via,
    at: row.created_at,
  }));
  return Map.groupBy(votes, ({ approvalId }) => approvalId);
}
