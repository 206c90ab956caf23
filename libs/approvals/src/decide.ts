import {
  actorOf,
  AppError,
  type Actor,
  type ApprovalId,
  type Principal,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import { approveIneligibility, denyIneligibility, type Decider } from '@openloop/policy';

import type { Approval, DecisionVerdict, Vote } from './approval.js';
import type { ApprovalStores, LockedApproval } from './approval-store.js';
import { closeApproval } from './close.js';

export interface Answer {
  approvalId: ApprovalId;
  verdict: DecisionVerdict;
  by: Principal;
  /** Where it was given: `cli`, `web`, `api`, `slack`. */
  via: string;
  /** What the decider saw: the digest or its first ten characters at least. `null` only where a contract cannot carry it. */
  digest: string | null;
  reason: string | null;
}

export type DecideResult =
  | { kind: 'decided'; approval: Approval }
  /** The vote counts; more people are needed. */
  | { kind: 'voted'; approval: Approval; have: number; need: number }
  | { kind: 'already_decided'; approval: Approval; sameAnswer: boolean }
  | { kind: 'refused'; code: RefusalCode; approval: Approval };

export type RefusalCode = 'not_an_approver' | 'self_approval' | 'digest_mismatch' | 'expired' | 'stale';

/** The shortest digest prefix that counts as having seen the card. */
const DIGEST_PREFIX = 10;

/**
 * Takes one person's answer, in one transaction under the approval's row lock: whoever comes second finds it decided.
 * Every refusal is audited. A no from any approver decides at once; a yes decides when enough approvers said it.
 * @param toolDigest of the tool's definition as it is now, `null` when it is gone
 * @throws AppError `not_found` / `approvals.not_found`
 */
export function decide(
  transact: Transact<ApprovalStores>,
  workspace: WorkspaceId,
  answer: Answer,
  toolDigest: string | null,
): Promise<DecideResult> {
  return transact(workspace, async (stores) => {
    const locked = await stores.approvals.lock(answer.approvalId);
    if (!locked) throw notFound(answer.approvalId);
    const { approval } = locked;

    if (approval.state !== 'pending') {
      const sameAnswer = isSameAnswer(approval, answer);
      if (!sameAnswer) refuse(stores, approval, answer, 'already_decided');
      return { kind: 'already_decided', approval, sameAnswer };
    }
    const decider = { id: answer.by.id, handles: await stores.approvals.handlesOf(answer.by.id) };
    const code = ineligibility(locked, answer, { decider, toolDigest });
    if (code) return refused(stores, locked, answer, code);

    const { verdict, reason, via, by } = answer;
    await stores.approvals.vote(approval.id, {
      principalId: by.id,
      verdict,
      reason,
      via,
      digest: approval.digest,
    });
    return verdict === 'deny' ? denied(stores, approval, answer) : counted(stores, locked, answer);
  });
}

export function notFound(id: string): AppError {
  return new AppError('not_found', 'approvals.not_found', `There is no approval ${id}`, {
    hint: 'List what is waiting with `openloop approvals list`',
  });
}

/** The votes that count now: on these very bytes, by people who are approvers and not disabled. */
export function validApprovals(approval: Approval, votes: readonly Vote[]): Vote[] {
  return votes.filter((vote) => {
    if (vote.verdict !== 'approve' || vote.disabled || vote.digest !== approval.digest) return false;
    return approveIneligibility(deciderOf(vote), entitlementOf(approval)) === null;
  });
}

function deciderOf({ principalId, handles }: Vote): Decider {
  return { id: principalId, handles };
}

function ineligibility(
  { approval, now, agent }: LockedApproval,
  { verdict, digest }: Answer,
  { decider, toolDigest }: { decider: Decider; toolDigest: string | null },
): RefusalCode | null {
  if (approval.decideBy <= now) return 'expired';
  const rule = entitlementOf(approval);
  if (verdict === 'deny') return denyIneligibility(decider, rule);
  const ineligible = approveIneligibility(decider, rule);
  if (ineligible) return ineligible;
  if (digest !== null && !(digest.length >= DIGEST_PREFIX && approval.digest.startsWith(digest)))
    return 'digest_mismatch';
  const stands = agent.authorityDigest === approval.authorityDigest && toolDigest === approval.toolDigest;
  return stands ? null : 'stale';
}

function entitlementOf({ approvers, initiatorId, selfApproval, description }: Approval) {
  return { approvers, initiatorId, selfApproval, risk: description.risk };
}

async function refused(
  stores: ApprovalStores,
  { approval, agent, now }: LockedApproval,
  answer: Answer,
  code: RefusalCode,
): Promise<DecideResult> {
  refuse(stores, approval, answer, code);
  if (code !== 'expired' && code !== 'stale') return { kind: 'refused', code, approval };

  const reason =
    code === 'expired'
      ? `Nobody decided before ${approval.decideBy.toISOString()}`
      : `${agent.name}'s configuration or the tool's definition changed since this was asked`;
  const ended = await closeApproval(
    stores,
    approval,
    { verdict: code, reason, by: null, via: answer.via },
    { kind: 'system' },
  );
  return {
    kind: 'refused',
    code,
    approval: {
      ...ended,
      decision: ended.decision ?? { verdict: code, by: null, via: answer.via, reason, at: now },
    },
  };
}

async function denied(stores: ApprovalStores, approval: Approval, answer: Answer): Promise<DecideResult> {
  const { by, via, reason } = answer;
  audited(stores, approval, answer, { have: 0, need: approval.minApprovals });
  const ended = await closeApproval(
    stores,
    approval,
    { verdict: 'denied', by: by.handle, via, reason },
    actorOf(by),
  );
  return { kind: 'decided', approval: ended };
}

async function counted(
  stores: ApprovalStores,
  { approval, votes }: LockedApproval,
  answer: Answer,
): Promise<DecideResult> {
  const { by, via, reason } = answer;
  const others = validApprovals(approval, votes).filter((vote) => vote.principalId !== by.id);
  const have = others.length + 1;
  const need = approval.minApprovals;
  audited(stores, approval, answer, { have, need });
  if (have < need) {
    stores.outbox.add({ name: 'show', id: approval.actionId });
    return { kind: 'voted', approval, have, need };
  }

  const ended = await closeApproval(
    stores,
    approval,
    { verdict: 'approved', by: by.handle, via, reason },
    actorOf(by),
  );
  return { kind: 'decided', approval: ended };
}

function audited(
  { audit }: ApprovalStores,
  { id, agentId, runId, digest, initiatorId }: Approval,
  { verdict, via, by }: Answer,
  quorum: { have: number; need: number },
): void {
  const facts = {
    approvalId: id,
    agentId,
    ...(runId && { runId }),
    digest,
    verdict,
    via,
    self: by.id === initiatorId,
    ...quorum,
  };
  audit.append({ name: 'approval.voted', actor: actorOf(by), facts });
}

function refuse(
  { audit }: ApprovalStores,
  { id, agentId, runId, digest }: Approval,
  { by, verdict, via }: Answer,
  code: string,
): void {
  const actor: Actor = actorOf(by);
  const facts = { approvalId: id, agentId, ...(runId && { runId }), digest, verdict, via, code };
  audit.append({ name: 'approval.refused', actor, facts });
}

function isSameAnswer({ decision }: Approval, { by, verdict }: Answer): boolean {
  return decision?.by === by.handle && decision.verdict === (verdict === 'approve' ? 'approved' : 'denied');
}
