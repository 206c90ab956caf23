import { routes, type ApiClient, type ApprovalView, type MeView } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';

import { cardLines, isSettled, outcomeLine } from '../approvals/show-card.js';
import { plainLine } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { command as typed } from '../terminal/words.js';

export interface Deciding {
  client: ApiClient;
  terminal: Terminal;
  me: MeView;
  now: () => Date;
  signal: AbortSignal;
}

/** `left`: nobody answered, and the approval is as it was. `waiting`: somebody else has to decide. */
export type Decided = 'decided' | 'waiting' | 'left';

/**
 * Shows a held approval and asks about it. The card that is shown is the one whose digest is sent: when the server
 * says that it is another one by now, nothing is approved.
 */
export async function decideHeld(approval: ApprovalView, deciding: Deciding): Promise<Decided> {
  const { terminal, me, now } = deciding;
  for (const line of cardLines(approval, terminal.tint, { now: now() })) terminal.tell(line);
  if (!terminal.isInteractive) {
    terminal.tell(
      `⏸️ Held for a person; nothing was changed. Decide with: ${typed('approvals', 'approve', approval.short_id)}`,
    );
    return 'left';
  }
  if (!mayDecide(approval, me)) {
    terminal.tell(
      `Waiting for ${approval.approvers.map(plainLine).join(', ') || 'somebody who may approve'}. Ctrl-C stops the run.`,
    );
    return 'waiting';
  }
  return ask(approval, deciding);
}

/** What the server will say, so that nobody is offered a button that does nothing. It decides all the same. */
function mayDecide(
  { approvers, initiator, self_approval, votes }: ApprovalView,
  { handle }: MeView,
): boolean {
  const isOwn = initiator === handle && !self_approval;
  return approvers.includes(handle) && !isOwn && !votes.some(({ by }) => by === handle);
}

async function ask(approval: ApprovalView, deciding: Deciding): Promise<Decided> {
  const { terminal, signal } = deciding;
  const { inspectable } = approval.card;
  for (;;) {
    const question = `${inspectable ? '[a]pprove ' : ''}[d]eny [v]iew: `;
    const flag = 'openloop approvals approve';
    const answer = await terminal.ask(question, { signal, flag, isDecision: true });
    if (answer === null) return leave(approval, deciding);
    const choice = CHOICES.get(answer.trim().toLowerCase());
    if (choice === 'view') showWhole(approval, deciding);
    if (choice === 'deny') return denyWithReason(approval, deciding);
    if (choice === 'approve' && inspectable) return decide(deciding, () => approve(approval, deciding));
    if (choice === undefined || choice === 'approve') terminal.tell(understood(inspectable));
  }
}

/** The question was withdrawn, or there is nobody to answer it any more. */
function leave({ short_id }: ApprovalView, { terminal, signal }: Deciding): 'left' {
  if (!signal.aborted)
    terminal.tell(
      `\n⏸️ Not decided; nothing was changed. Decide with: ${typed('approvals', 'approve', short_id)}`,
    );
  return 'left';
}

/** Nothing but these: an empty line or a slip of the fingers decides nothing. */
const CHOICES: ReadonlyMap<string, 'approve' | 'deny' | 'view'> = new Map([
  ['a', 'approve'],
  ['approve', 'approve'],
  ['d', 'deny'],
  ['deny', 'deny'],
  ['v', 'view'],
  ['view', 'view'],
]);

function understood(isInspectable: boolean): string {
  const letters = [...(isInspectable ? ['a to approve'] : []), 'd to deny', 'v to view all of it'];
  return `Nothing was decided. Understood: ${letters.join(', ')}, then Enter.`;
}

function showWhole(approval: ApprovalView, { terminal, now }: Deciding): void {
  for (const line of cardLines(approval, terminal.tint, { now: now(), whole: true })) terminal.tell(line);
  terminal.tell(`  whole digest ${approval.digest}`);
}

async function denyWithReason(approval: ApprovalView, deciding: Deciding): Promise<Decided> {
  const { terminal, signal } = deciding;
  const reason = await terminal.ask('Reason (the agent gets it; may be empty): ', {
    signal,
    flag: '--reason',
  });
  return reason === null ? 'left' : decide(deciding, () => deny(approval, reason, deciding));
}

function approve({ id, digest }: ApprovalView, { client }: Deciding): Promise<ApprovalView> {
  return client.call(routes['approvals.approve'], { params: { id }, body: { digest } });
}

function deny({ id }: ApprovalView, reason: string, { client }: Deciding): Promise<ApprovalView> {
  return client.call(routes['approvals.deny'], {
    params: { id },
    body: reason.trim() === '' ? {} : { reason },
  });
}

/** A refusal is told and leaves the approval to others; a lost connection ends the chat. */
async function decide({ terminal }: Deciding, send: () => Promise<ApprovalView>): Promise<Decided> {
  try {
    const decided = await send();
    if (decided.status === 'held')
      terminal.tell(`${decided.votes.length} of ${decided.min_approvals} approvals so far.`);
    else if (!isSettled(decided)) terminal.tell(outcomeLine(decided));
    return decided.status === 'held' ? 'waiting' : 'decided';
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'unavailable') throw error;
    terminal.tell(`⛔ ${plainLine(error.message)}${error.hint ? ` (${plainLine(error.hint)})` : ''}`);
    return 'waiting';
  }
}
