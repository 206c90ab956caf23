import { setTimeout as pause } from 'node:timers/promises';

import { freshen } from '@openloop/access';
import { decide, notFound, type Answer, type ApprovalRecord, type DecideResult } from '@openloop/approvals';
import { AppError, functionName, type ApprovalId, type WorkspaceId } from '@openloop/kernel';
import { DEFINITION_AGE_MS, pinnedOwner } from '@openloop/tools';

import type { System } from './compose.js';

/** Slack waits three seconds for an answer to a press; what is not known by then is looked at again before the send. */
const ASK_WITHIN_MS = 1_500;

/**
 * Takes an answer wherever it was given: who is in a group of approvers is read at its product first, because no
 * transaction may wait for one.
 * @throws AppError `not_found` / `approvals.not_found`
 */
export async function decideNow(
  system: System,
  workspace: WorkspaceId,
  answer: Answer,
): Promise<DecideResult> {
  const record = await approvalIn(system, workspace, answer.approvalId);
  const { approval } = record;
  const given = { ...answer, approvalId: approval.id };
  if (approval.state !== 'pending') return decide(system.transact, workspace, given, approval.toolDigest);
  const [toolDigest] = await Promise.all([
    answer.verdict === 'approve'
      ? within(toolDigestNow(system, workspace, record), approval.toolDigest)
      : approval.toolDigest,
    within(approversKnown(system, workspace, record), false),
  ]);
  return decide(system.transact, workspace, given, toolDigest);
}

/** Somebody else's answer when it comes in time, else what is to be made of its not coming. */
async function within<Answered>(answer: Promise<Answered>, otherwise: Answered): Promise<Answered> {
  const late = new AbortController();
  const timer = pause(ASK_WITHIN_MS, otherwise, { signal: late.signal }).catch(() => otherwise);
  try {
    return await Promise.race([answer, timer]);
  } finally {
    late.abort();
  }
}

/** A server that is away says nothing of its tool: the decision is on what was shown, and the send looks again. */
async function toolDigestNow(
  { toolbox, reads }: System,
  workspace: WorkspaceId,
  { approval: { agentId, permission, toolDigest }, action }: ApprovalRecord,
): Promise<string | null> {
  const native = toolbox.native.definitionDigest(permission);
  if (native !== null) return native;
  const revision = await reads(workspace).agents.revision(agentId, action.agentRevision);
  if (!revision) return null;
  const tools = await toolbox.of(pinnedOwner(revision), {
    maxAgeMs: DEFINITION_AGE_MS,
    functions: [functionName(permission)],
  });
  return tools.isAway(permission) ? toolDigest : tools.definitionDigest(permission);
}

/** @throws AppError `not_found` / `approvals.not_found` */
export async function approvalIn(
  system: System,
  workspace: WorkspaceId,
  id: string,
): Promise<ApprovalRecord> {
  const found = await system.reads(workspace).approvals.find(id as ApprovalId); // what is not an id is not found
  if (!found) throw notFound(id);
  return found;
}

/** Whether it is known, as of now, who may decide it and whether those who did are still members. */
export function approversKnown(
  { reads, surfaces }: Pick<System, 'reads' | 'surfaces'>,
  workspace: WorkspaceId,
  { approval, votes }: Pick<ApprovalRecord, 'approval' | 'votes'>,
): Promise<boolean> {
  const connected = (name: string) => {
    const surface = surfaces.get(name);
    if (!surface) throw new AppError('unavailable', 'surfaces.away', `${name} is not connected`);
    return surface;
  };
  return freshen(
    reads(workspace).people,
    {
      membersOf: async ({ surface, groupId }) => connected(surface).members(groupId),
      isMember: async ({ surface, id }) => connected(surface).isMember(id),
    },
    { handles: approval.approvers, voters: votes.map(({ principalId }) => principalId) },
  );
}
