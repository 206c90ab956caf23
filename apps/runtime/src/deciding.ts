import { freshenGroups } from '@openloop/access';
import { decide, notFound, type Answer, type ApprovalRecord, type DecideResult } from '@openloop/approvals';
import { AppError, type ApprovalId, type Handle, type WorkspaceId } from '@openloop/kernel';

import type { System } from './compose.js';

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
  const { approval } = await approvalIn(system, workspace, answer.approvalId);
  await groupsKnown(system, workspace, approval.approvers);
  const toolDigest = system.catalog.definitionDigest(approval.permission);
  return decide(system.transact, workspace, { ...answer, approvalId: approval.id }, toolDigest);
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

/** Whether it is known who is in the groups among these handles, as of now. */
export function groupsKnown(
  { reads, surfaces }: Pick<System, 'reads' | 'surfaces'>,
  workspace: WorkspaceId,
  handles: readonly Handle[],
): Promise<boolean> {
  const membersOf = async ({ surface, groupId }: { surface: string; groupId: string }) => {
    const connected = surfaces.get(surface);
    if (!connected) throw new AppError('unavailable', 'surfaces.away', `${surface} is not connected`);
    return connected.members(groupId);
  };
  return freshenGroups(reads(workspace).people, membersOf, handles);
}
