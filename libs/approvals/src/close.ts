import type { Actor, ApprovalId, RunId, Transact, WorkspaceId } from '@openloop/kernel';

import type { Approval, Decision } from './approval.js';
import type { ApprovalStores } from './approval-store.js';

/** Ends a pending approval under its lock, and lets its action go or refuses it, with the audit and the wake-up. */
export async function closeApproval(
  stores: ApprovalStores,
  approval: Approval,
  decision: Omit<Decision, 'at'>,
  actor: Actor,
): Promise<Approval> {
  const at = await stores.approvals.close(approval.id, decision);
  stores.audit.append({ ...endOf(approval, decision), actor });
  stores.outbox.add({ name: 'show', id: approval.actionId });
  if (decision.verdict === 'approved') {
    await stores.held.release(approval.actionId);
    stores.outbox.add({ name: 'action', id: approval.actionId });
  } else {
    await refuseHeld(stores, approval, { verdict: decision.verdict, decision, actor });
  }
  return { ...approval, state: decision.verdict, decision: { ...decision, at } };
}

interface Refusing {
  verdict: Exclude<Decision['verdict'], 'approved'>;
  decision: Omit<Decision, 'at'>;
  actor: Actor;
}

async function refuseHeld(
  { held, audit, outbox }: ApprovalStores,
  { actionId, runId, permission, ...approval }: Approval,
  { verdict, decision, actor }: Refusing,
): Promise<void> {
  const { reason, by } = decision;
  await held.refuse(actionId, { kind: verdict, reason, by });
  const about = { actionId, permission, agentId: approval.agentId, digest: approval.digest };
  audit.append({
    name: 'action.refused',
    actor,
    facts: { ...about, ...(runId && { runId }), reason: reason ?? verdict },
  });
  if (runId) outbox.add({ name: 'run', id: runId });
}

/** The event that says how the asking ended. */
function endOf({ id, agentId, runId, digest }: Approval, { verdict, via, reason }: Omit<Decision, 'at'>) {
  const facts = { approvalId: id, agentId, ...(runId && { runId }), digest };
  switch (verdict) {
    case 'approved':
    case 'denied':
      return {
        name: 'approval.decided' as const,
        facts: { ...facts, verdict, via, ...(reason && { reason }) },
      };
    case 'stale':
      return { name: 'approval.stale' as const, facts: { ...facts, reason: reason ?? verdict } };
    case 'expired':
    case 'cancelled':
      return { name: `approval.${verdict}` as const, facts };
  }
}

/** Ends an approval whose time has come. Does nothing when it was decided first, or still has time. */
export function expire(
  transact: Transact<ApprovalStores>,
  workspace: WorkspaceId,
  id: ApprovalId,
): Promise<void> {
  return transact(workspace, async (stores) => {
    const locked = await stores.approvals.lock(id);
    if (locked?.approval.state !== 'pending' || locked.approval.decideBy > locked.now) return;
    const reason = `Nobody decided before ${locked.approval.decideBy.toISOString()}`;
    await closeApproval(
      stores,
      locked.approval,
      { verdict: 'expired', by: null, via: 'system', reason },
      { kind: 'system' },
    );
  });
}

/** Ends what a run still waits for, when the run itself is stopped. Called inside the transaction that stops it. */
export async function cancelApprovalsOf(stores: ApprovalStores, runId: RunId, actor: Actor): Promise<void> {
  for (const id of await stores.approvals.pendingOfRun(runId)) {
    const locked = await stores.approvals.lock(id);
    if (locked?.approval.state !== 'pending') continue;
    const by = actor.kind === 'principal' ? actor.handle : null;
    const decision = { verdict: 'cancelled' as const, by, via: 'system', reason: 'The run was cancelled' };
    await closeApproval(stores, locked.approval, decision, actor);
  }
}
