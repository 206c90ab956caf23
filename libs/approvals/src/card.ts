import { shortId } from '@openloop/kernel';
import { isInspectable, showPlainly, type Card } from '@openloop/surfaces';

import type { ApprovalRecord } from './approval-store.js';
import type { Approval } from './approval.js';

const HEADLINE_LIMIT = 150;

/** What a person sees of an approval, in every state: made from the row alone, the model's words only as a quote. */
export function approvalCard({ approval, agent, initiator, action }: ApprovalRecord): Card {
  const { description, statedReason, id, digest } = approval;
  const args = description.fields.map(({ label, value }) => ({
    label: showPlainly(label),
    value: showPlainly(value),
  }));
  return {
    headline: cut(`${stateWords(approval, action.state)} ${showPlainly(description.summary)}`),
    lines: [
      { label: 'Action', value: approval.permission },
      { label: 'Target', value: showPlainly(description.target) },
      {
        label: 'Risk',
        value: description.riskReason ? `${description.risk}: ${description.riskReason}` : description.risk,
      },
      { label: 'Agent', value: agent },
      { label: 'Asked by', value: initiator },
    ],
    args,
    ...(description.diff === undefined ? {} : { diff: showPlainly(description.diff) }),
    ...(statedReason ? { statedReason: showPlainly(statedReason) } : {}),
    footer: `${shortId(id)} · ${digest.slice(0, 10)} · ${footerOf(approval, action.outcome)}`,
    inspectable: isInspectable(args, description.diff),
  };
}

/** The state as people read it: a yes is not done until the action says so. */
function stateWords({ state }: Approval, actionState: string): string {
  switch (state) {
    case 'pending':
      return '⏳ Approval required:';
    case 'approved':
      return approvedWords(actionState);
    case 'denied':
      return '🚫 Denied:';
    case 'answered':
      return '✅ Answered:';
    case 'expired':
      return '⛔ Expired:';
    case 'cancelled':
      return '⛔ Cancelled:';
    case 'stale':
      return '⛔ Out of date:';
  }
}

function approvedWords(actionState: string): string {
  if (actionState === 'done') return '✅ Approved:';
  if (actionState === 'failed') return '⚠️ Approved, but failed:';
  if (actionState === 'refused') return '⛔ Approved, but not run:';
  if (actionState === 'unknown') return '⚠️ Approved, outcome not known yet:';
  if (actionState === 'needs_human') return '⚠️ Approved, outcome unknown:';
  return '✅ Approved, running…';
}

function footerOf(approval: Approval, outcome: Record<string, unknown> | null): string {
  const { state, decision, approvers, minApprovals, decideBy } = approval;
  if (state === 'pending') {
    const asked = approvers.length === 0 ? 'nobody (no approvers are set)' : approvers.join(', ');
    const many = minApprovals > 1 ? `${minApprovals} of ` : '';
    return `approvers: ${many}${asked} · expires ${decideBy.toISOString()}`;
  }
  const by = decision?.by ? `by ${decision.by}` : 'by no one';
  const reason = decision?.reason ? ` · “${showPlainly(decision.reason)}”` : '';
  if (state === 'approved') return `${by}${reason}${result(outcome)}`;
  return `${by}${reason} · nothing was changed`;
}

function result(outcome: Record<string, unknown> | null): string {
  const words = outcome?.['summary'] ?? outcome?.['reason'];
  return typeof words === 'string' ? ` · ${showPlainly(words)}` : '';
}

function cut(text: string): string {
  const chars = [...text.replace(/\s+/g, ' ')];
  return chars.length <= HEADLINE_LIMIT ? chars.join('') : `${chars.slice(0, HEADLINE_LIMIT - 1).join('')}…`;
}
