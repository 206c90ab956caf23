import type { ActionView, ApprovalView } from '@openloop/api-contract';

import { plainLine, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { until } from '../terminal/words.js';

type Paint = Terminal['tint'];

const RISK_PAINT = { low: 'dim', medium: 'yellow', high: 'red' } as const;
const RISK_LABEL = 'Risk';
const LONGEST_SHOWN = 200;

/** Everything a decision needs, as the server made it from the row. With `whole` long values are not shortened. */
export function cardLines(
  approval: ApprovalView,
  paint: Paint,
  options: { now: Date; whole?: boolean },
): string[] {
  const { card, short_id, digest, risk, decide_by, approvers, min_approvals } = approval;
  const width = Math.max(0, ...[...card.lines, ...card.args].map(({ label }) => plainLine(label).length));
  const line = ({ label, value }: { label: string; value: string }): string =>
    `  ${paint.dim(plainLine(label).padEnd(width))}  ${indented(shownValue(value, options.whole), width)}`;
  return [
    paint.bold(plainLine(card.headline)),
    ...card.lines.filter(({ label }) => label !== RISK_LABEL).map(line),
    paint[RISK_PAINT[risk]](line({ label: RISK_LABEL, value: riskWords(approval) })),
    ...card.args.map(line),
    ...(card.diff === null ? [] : diffLines(card.diff, paint)),
    ...(card.stated_reason === null ? [] : [`  Agent's stated reason: “${plainLine(card.stated_reason)}”`]),
    ...(card.inspectable
      ? []
      : [paint.red('  Not everything can be shown here, so this cannot be approved.')]),
    paint.dim(
      `  ${plainLine(short_id)} · ${digest.slice(0, 10)} · ${min_approvals} of ${approvers.map(plainLine).join(', ') || 'nobody'} · ` +
        (approval.status === 'held' ? `expires ${until(decide_by, options.now)}` : approval.status),
    ),
  ];
}

function riskWords({ risk, risk_reason }: ApprovalView): string {
  return risk_reason === null ? risk : `${risk}: ${risk_reason}`;
}

function shownValue(value: string, isWhole = false): string {
  const text = plainText(value);
  const size = [...text].length;
  return isWhole || size <= LONGEST_SHOWN
    ? text
    : `${[...text].slice(0, LONGEST_SHOWN).join('')}… (${size} characters; v shows all)`;
}

function indented(text: string, width: number): string {
  return text.split('\n').join(`\n${' '.repeat(width + 4)}`);
}

function diffLines(diff: string, paint: Paint): string[] {
  return plainText(diff)
    .split('\n')
    .map(
      (line) =>
        `  ${line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : line}`,
    );
}

const SETTLED: ReadonlySet<ActionView['state']> = new Set(['done', 'failed', 'needs_human', 'refused']);

/** Whether it is known what became of it: a yes alone is not an effect. */
export function isSettled({ status, action }: ApprovalView): boolean {
  return status === 'approved' ? SETTLED.has(action.state) : status !== 'held';
}

/** How it ended, in one line. */
export function outcomeLine({ status, action, decision, summary }: ApprovalView): string {
  const by = decision?.by ? ` by ${plainLine(decision.by)}` : '';
  const how = decision?.reason ? `${by} (“${plainLine(decision.reason)}”)` : by;
  const what = plainLine(summary);
  if (status === 'approved') return `${actionLine(action)} — approved${how}`;
  if (status === 'denied') return `🚫 Denied${how}: ${what} — nothing was changed`;
  if (status === 'held') return `⏸️ Held: ${what}`;
  if (status === 'answered') return `✅ Answered${how}`;
  return `⛔ ${ENDED_WORDS[status]}: ${what} — nothing was changed`;
}

const ENDED_WORDS = { expired: 'Expired', cancelled: 'Cancelled', stale: 'Out of date' } as const;

const RUNNING = '✅ Approved, running…';
const ACTION_WORDS: Readonly<Record<ActionView['state'], string>> = {
  held: RUNNING,
  ready: RUNNING,
  started: RUNNING,
  done: '✅ Done:',
  failed: '⚠️ Approved, but it failed:',
  refused: '⛔ Approved, but not run:',
  unknown: '⚠️ Approved, outcome not known:',
  needs_human: '⚠️ Approved, outcome not known:',
};

function actionLine({ state, outcome }: ActionView): string {
  const words = plainLine(outcome?.summary ?? outcome?.reason ?? '');
  return [ACTION_WORDS[state], words, placeBeyond(words, outcome)].filter((part) => part !== '').join(' ');
}

/** Where to look, unless the words say it already. */
function placeBeyond(words: string, outcome: ActionView['outcome']): string {
  const place = plainLine(outcome?.url ?? outcome?.external_id ?? '');
  return words.includes(place) ? '' : place;
}
