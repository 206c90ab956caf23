import { shortId, showUsd, type Handle } from '@openloop/kernel';
import { isInspectable, showPlainly, type Card } from '@openloop/surfaces';

import type { ApprovalRecord } from './approval-store.js';
import type { Approval } from './approval.js';

const HEADLINE_LIMIT = 150;

/** What a person sees of an approval, in every state: made from the row alone, the model's words only as a quote. */
export function approvalCard(record: ApprovalRecord): Card {
  const { approval, agent, initiator, action } = record;
  const { description, statedReason, id, digest } = approval;
  const state = stateWords(approval, action.state);
  const summary = showPlainly(description.summary);
  const reference = `${shortId(id)} · ${digest.slice(0, 10)}`;
  const args = description.fields.map(({ label, value }) => ({
    label: showPlainly(label),
    value: showPlainly(value),
  }));
  return {
    headline: cut(`${state} ${summary}`),
    state,
    summary: cut(summary),
    expiresAt: approval.state === 'pending' ? approval.decideBy : null,
    context: contextOf(record),
    lines: [
      { label: 'Action', value: approval.permission },
      { label: 'Target', value: showPlainly(description.target) },
      {
        label: 'Risk',
        value: description.riskReason ? `${description.risk}: ${description.riskReason}` : description.risk,
      },
      { label: 'Agent', value: agent },
      { label: 'Asked by', value: labelOf(initiator, record) },
    ],
    args,
    ...(description.diff === undefined ? {} : { diff: showPlainly(description.diff) }),
    ...(statedReason ? { statedReason: showPlainly(statedReason) } : {}),
    footer: `${reference} · ${footerOf(approval, action.outcome)}`,
    reference,
    resultUrl: urlOf(action.outcome),
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

/** `@priya`, or `Priya N. (@slack.u0priya)` for a handle that was made from an account and says little by itself. */
function labelOf(handle: Handle, { names }: ApprovalRecord): string {
  const name = names[handle];
  return name && /^@[a-z]+\./.test(handle) ? `${showPlainly(name)} (${handle})` : handle;
}

/** Who is asked and who has answered, or what came of it; and what the task has cost so far. */
function contextOf(record: ApprovalRecord): string[] {
  const { approval, action } = record;
  const simulated = action.isSimulated ? ' simulated' : '';
  const cost = action.spentMicros > 0 ? [`${showUsd(action.spentMicros)}${simulated} so far`] : [];
  if (approval.state !== 'pending') return [endWords(record), ...cost];
  const { approvers, minApprovals } = approval;
  const asked = approvers.length > 0 ? approvers.join(', ') : 'nobody (no approvers are set)';
  const said = record.votes
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ handle }) => labelOf(handle, record));
  const tally =
    said.length > 0
      ? [`${said.length} of ${minApprovals} approved, by ${said.join(', ')}; waiting for more`]
      : [];
  return [`Approvers: ${minApprovals > 1 ? `${minApprovals} of ` : ''}${asked}`, ...tally, ...cost];
}

function urlOf(outcome: Record<string, unknown> | null): string | null {
  const url = outcome?.['url'];
  return typeof url === 'string' && /^https?:\/\/\S+$/.test(url) ? url : null;
}

const VIA: Readonly<Record<string, string>> = {
  slack: 'in Slack',
  discord: 'in Discord',
  web: 'in the web console',
  cli: 'from the CLI',
  api: 'over the API',
};

function endWords(record: ApprovalRecord): string {
  const { approval, action } = record;
  const { decision, createdAt, state } = approval;
  if (!decision) return 'nothing was changed';
  const by = decision.by
    ? [
        `by ${labelOf(decision.by, record)} ${VIA[decision.via] ?? ''}`.trim(),
        `waited ${waited(createdAt, decision.at)}`,
      ]
    : [];
  const reason = decision.reason
    ? [decision.by ? `“${showPlainly(decision.reason)}”` : showPlainly(decision.reason)]
    : [];
  const end = state === 'approved' ? result(action.outcome).replace(/^ · /, '') : 'nothing was changed';
  return [...by, ...reason, ...(end ? [end] : [])].join(' · ');
}

function waited(from: Date, to: Date): string {
  const seconds = Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} m`;
  return minutes > 0 ? `${minutes} m ${seconds % 60} s` : `${seconds} s`;
}

function result(outcome: Record<string, unknown> | null): string {
  const words = outcome?.['summary'] ?? outcome?.['reason'];
  return typeof words === 'string' ? ` · ${showPlainly(words)}` : '';
}

function cut(text: string): string {
  const chars = [...text.replace(/\s+/g, ' ')];
  return chars.length <= HEADLINE_LIMIT ? chars.join('') : `${chars.slice(0, HEADLINE_LIMIT - 1).join('')}…`;
}
