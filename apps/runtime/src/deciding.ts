import { freshenGroups } from '@openloop/access';
import { decide, notFound, type Answer, type ApprovalRecord, type DecideResult } from '@openloop/approvals';
import type { Revision } from '@openloop/agents';
import { AppError, functionName, type ApprovalId, type Handle, type WorkspaceId } from '@openloop/kernel';
import type { PinnedOwner, ToolPin } from '@openloop/tools';

import type { System } from './compose.js';

/** A definition read this recently need not be read again before a decision. */
export const DEFINITION_AGE_MS = 60_000;

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
  await groupsKnown(system, workspace, approval.approvers);
  const toolDigest = await toolDigestNow(system, workspace, record);
  return decide(system.transact, workspace, { ...answer, approvalId: approval.id }, toolDigest);
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
  const tools = await toolbox.of(ownerOf(revision), {
    maxAgeMs: DEFINITION_AGE_MS,
    functions: [functionName(permission)],
  });
  return tools.unusable(permission) === null ? tools.definitionDigest(permission) : toolDigest;
}

/** What the toolbox must know of a revision. */
export function ownerOf({ agent, pins }: Pick<Revision, 'agent' | 'pins'>): PinnedOwner {
  return { agent, pins: pins as readonly ToolPin[] }; // the tool library made them
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
