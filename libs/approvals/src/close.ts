import type { Actor, ApprovalId, RunId, Transact, WorkspaceId } from '@openloop/kernel';

import type { Approval, Decision } from './approval.js';
import type { ApprovalStores } from './approval-store.js';

const EVENT = {
  denied: 'approval.decided',
  expired: 'approval.expired',
  cancelled: 'approval.cancelled',
  stale: 'approval.stale',
} as const;

/** Ends a pending approval under its lock, and lets its action go or refuses it, with the audit and the wake-up. */
export async function closeApproval(
  stores: ApprovalStores,
  approval: Approval,
  decision: Omit<Decision, 'at'>,
  actor: Actor,
): Promise<Approval> {
  const { approvals, held, audit, outbox } = stores;
  const { id: approvalId, actionId, agentId, runId, digest, permission } = approval;
  const { verdict, reason, by, via } = decision;
  const at = await approvals.close(approvalId, decision);
  const facts = { approvalId, agentId, ...(runId && { runId }), digest };

  if (verdict === 'approved') {
    await held.release(actionId);
    audit.append({
      name: 'approval.decided',
      actor,
      facts: { ...facts, verdict, via, ...(reason && { reason }) },
    });
    outbox.add({ name: 'action', id: actionId });
  } else {
    await held.refuse(actionId, { kind: verdict, reason, by });
    if (verdict === 'denied') {
      audit.append({
        name: EVENT[verdict],
        actor,
        facts: { ...facts, verdict, via, ...(reason && { reason }) },
      });
    } else if (verdict === 'stale') {
      audit.append({ name: EVENT[verdict], actor, facts: { ...facts, reason: reason ?? verdict } });
    } else {
      audit.append({ name: EVENT[verdict], actor, facts });
    }
    audit.append({
      name: 'action.refused',
      actor,
      facts: { actionId, agentId, ...(runId && { runId }), permission, digest, reason: reason ?? verdict },
    });
    if (runId) outbox.add({ name: 'run', id: runId });
  }
  return { ...approval, state: verdict, decision: { ...decision, at } };
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
