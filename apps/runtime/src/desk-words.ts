import type { Approval, ApprovalRecord, RefusalCode } from '@openloop/approvals';
import { shortId } from '@openloop/kernel';

/** What somebody is told who decided too late. */
export function decidedWords({ approval, now, names }: ApprovalRecord): string {
  const { state, decision, decideBy } = approval;
  if (state === 'pending' && decideBy <= now)
    return '⛔ The time to decide this is over; nothing was changed.';
  const by = decision?.by ? `${names[decision.by] ?? decision.by} ` : 'It was ';
  const ago = decision ? ` ${agoOf(now.getTime() - decision.at.getTime())} ago` : '';
  const emoji = { approved: '✅', denied: '🚫' }[state as 'approved' | 'denied'] ?? '⛔'; // the other states have no emoji of their own
  const words = { approved: `${by}approved this`, denied: `${by}denied this` }[
    state as 'approved' | 'denied'
  ]; // as above
  return `${emoji} ${words ?? `This is ${state}`}${ago}.`;
}

/** Why somebody's answer did not count, and who can decide or what to do instead. */
export function refusedWords(
  code: RefusalCode,
  { approvers, id }: Pick<Approval, 'approvers' | 'id'>,
): string {
  const who = approvers.length > 0 ? approvers.join(' or ') : 'Nobody (no approvers are set)';
  switch (code) {
    case 'not_an_approver':
      return `⛔ Only ${who} can decide this. Nothing was changed.`;
    case 'self_approval':
      return `⛔ You asked for this, so somebody else has to approve it: ${who}. You may deny it.`;
    case 'digest_mismatch':
      return `⛔ This card does not show the action any more. Look at it again: \`openloop approvals get ${shortId(id)}\`.`;
    case 'expired':
      return '⛔ The time to decide this is over; nothing was changed. Ask the agent again.';
    case 'stale':
      return '⛔ The agent or its tool changed since this was asked; nothing was changed. Ask the agent again.';
  }
}

function agoOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
