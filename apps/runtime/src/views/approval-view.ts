import { approvalCard, type Approval, type ApprovalRecord } from '@openloop/approvals';
import type { ActionView, ApprovalView } from '@openloop/api-contract';
import { shortId } from '@openloop/kernel';

export function approvalView(record: ApprovalRecord): ApprovalView {
  const { approval, votes, agent, initiator } = record;
  const { description, decision } = approval;
  const card = approvalCard(record);
  return {
    id: approval.id,
    short_id: shortId(approval.id),
    kind: approval.kind,
    status: statusOf(approval, record.now),
    revision: approval.revision,
    digest: approval.digest,
    agent,
    run: approval.runId,
    permission: approval.permission,
    summary: description.summary,
    target: description.target,
    risk: description.risk,
    risk_reason: description.riskReason ?? null,
    card: {
      headline: card.headline,
      lines: card.lines.map(({ label, value }) => ({ label, value })),
      args: card.args.map(({ label, value }) => ({ label, value })),
      diff: card.diff ?? null,
      stated_reason: card.statedReason ?? null,
      footer: card.footer,
      inspectable: card.inspectable,
    },
    approvers: [...approval.approvers],
    min_approvals: approval.minApprovals,
    votes: votes.map(({ handle, verdict, via, at, reason }) => ({
      by: handle,
      verdict,
      via,
      at: at.toISOString(),
      reason,
    })),
    initiator,
    self_approval: approval.selfApproval,
    created_at: approval.createdAt.toISOString(),
    decide_by: approval.decideBy.toISOString(),
    decision: decision && { ...decision, at: decision.at.toISOString() },
    action: actionView(record.action),
  };
}

/** Time is looked at when it is read: an approval past its time is never shown as one that can be decided. */
function statusOf({ state, decideBy }: Approval, now: Date): ApprovalView['status'] {
  if (state !== 'pending') return state;
  return decideBy <= now ? 'expired' : 'held';
}

export function actionView({
  id,
  state,
  outcome,
}: {
  id: string;
  state: string;
  outcome: object | null;
}): ActionView {
  return { id, state: state as ActionView['state'], outcome: outcome && outcomeView(outcome) }; // the table's check
}

function outcomeView(outcome: object): NonNullable<ActionView['outcome']> {
  const text = (name: string): string | null => {
    const value: unknown = Object.entries(outcome).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : null;
  };
  return {
    summary: text('summary'),
    reason: text('reason'),
    external_id: text('externalId'),
    url: text('url'),
  };
}
