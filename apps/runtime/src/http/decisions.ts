import type { Answer, ApprovalRecord, DecideResult, RefusalCode } from '@openloop/approvals';
import type { Caller } from '@openloop/access';
import { AppError, assertNever, shortId, type ErrorKind } from '@openloop/kernel';

import type { System } from '../compose.js';
import { approvalIn, decideNow } from '../deciding.js';

/**
 * Decides as the holder of the key, and turns what is no answer into an error that says what to do.
 * @throws AppError 403 `not_an_approver` · `self_approval`, 404, 409 `already_…` · `digest_mismatch` · `stale`, 410 `expired`
 */
export async function decideAs(
  system: System,
  caller: Caller,
  answer: Omit<Answer, 'by'>,
): Promise<Extract<DecideResult, { kind: 'decided' | 'voted' | 'already_decided' }>> {
  const full: Answer = { ...answer, by: caller.principal };
  const result = await decideNow(system, caller.workspaceId, full);
  switch (result.kind) {
    case 'decided':
    case 'voted':
      return result;
    case 'already_decided':
      if (result.sameAnswer) return result;
      throw alreadyDecided(result);
    case 'refused':
      throw refusal(result);
    default:
      return assertNever(result);
  }
}

/** @throws AppError `not_found` / `approvals.not_found` */
export function approvalOf(system: System, caller: Caller, id: string): Promise<ApprovalRecord> {
  return approvalIn(system, caller.workspaceId, id);
}

function alreadyDecided({ approval }: Extract<DecideResult, { kind: 'already_decided' }>): AppError {
  const { state, decision, id } = approval;
  const by = decision?.by ? ` by ${decision.by}` : '';
  const kind = state === 'expired' ? 'gone' : 'conflict';
  return new AppError(
    kind,
    `already_${state}`,
    `${shortId(id)} was already ${state}${by} at ${decision?.at.toISOString() ?? ''}`,
    {
      hint: `See it with \`openloop approvals get ${shortId(id)}\``,
      details: { decision: decision && { ...decision, at: decision.at.toISOString() } },
    },
  );
}

const REFUSALS: Readonly<Record<RefusalCode, { kind: ErrorKind; message: string }>> = {
  not_an_approver: { kind: 'forbidden', message: 'You may not decide this' },
  self_approval: { kind: 'forbidden', message: 'You asked for this, so somebody else has to approve it' },
  digest_mismatch: { kind: 'conflict', message: 'The card you saw is not this action' },
  expired: { kind: 'gone', message: 'The time to decide this is over; nothing was changed' },
  stale: {
    kind: 'conflict',
    message: 'The agent or its tool changed since this was asked; nothing was changed',
  },
};

function refusal({ code, approval }: Extract<DecideResult, { kind: 'refused' }>): AppError {
  const { kind, message } = REFUSALS[code];
  return new AppError(kind, code, message, {
    hint: nextStep(code, approval.approvers, shortId(approval.id)),
  });
}

function nextStep(code: RefusalCode, approvers: readonly string[], id: string): string {
  if (code === 'not_an_approver' || code === 'self_approval') {
    return approvers.length > 0
      ? `Ask ${approvers.join(' or ')}`
      : 'Set spec.approvals.approvers and apply the agent';
  }
  return code === 'digest_mismatch'
    ? `Look at it again: openloop approvals get ${id}`
    : 'Ask the agent again';
}
