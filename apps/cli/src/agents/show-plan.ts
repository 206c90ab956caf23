import type { ApplyPlan, FieldChange, PlanEntry } from '@openloop/api-contract';

import { plainLine } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';

const MARKS = { create: '+', change: '~', unchanged: '=' } as const;
const MOST_SHOWN = 80;

/** What applying will do, one block for each agent. */
export function planLines(plan: ApplyPlan, terminal: Terminal): string[] {
  return [
    ...plan.agents.flatMap((entry) => entryLines(entry, terminal)),
    ...plan.approvers
      .filter(({ name }) => name === null)
      .map(({ agent, handle }) => {
        return `  ! ${plainLine(agent)}: nobody is ${plainLine(handle)} yet; until then ${plainLine(handle)} cannot approve`;
      }),
  ];
}

function entryLines(entry: PlanEntry, { tint }: Terminal): string[] {
  const { change, name, changes, widens } = entry;
  const paint = change === 'create' ? tint.green : change === 'change' ? tint.yellow : tint.dim;
  return [
    paint(`  ${MARKS[change]} ${plainLine(name)}  ${revisionWords(entry)}`),
    ...changes.map((each) => `      ${plainLine(each.path)}  ${changeWords(each)}`),
    ...widens.map((words) => tint.yellow(`      ! ${plainLine(words)}`)),
  ];
}

function revisionWords({ change, revision_before, revision_after }: PlanEntry): string {
  if (change === 'create') return 'new';
  return change === 'unchanged' ? 'unchanged' : `rev ${revision_before} → ${revision_after}`;
}

function changeWords({ before, after }: FieldChange): string {
  if (Array.isArray(before) && Array.isArray(after)) {
    const texts: [string[], string[]] = [before.map(valueWords), after.map(valueWords)];
    const gone = texts[0].filter((each) => !texts[1].includes(each)).map((each) => `- ${each}`);
    const come = texts[1].filter((each) => !texts[0].includes(each)).map((each) => `+ ${each}`);
    if (gone.length + come.length > 0) return [...gone, ...come].join('  ');
  }
  return `${valueWords(before)} → ${valueWords(after)}`;
}

function valueWords(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  const text = plainLine(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

/** `1 to create, 1 to change, 1 unchanged`. */
export function planTally({ agents }: ApplyPlan): string {
  const of = (change: PlanEntry['change']): number => agents.filter((each) => each.change === change).length;
  const parts = [
    [of('create'), 'to create'],
    [of('change'), 'to change'],
    [of('unchanged'), 'unchanged'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, words]) => `${amount} ${words}`)
    .join(', ');
}

export function changesSomething({ agents }: ApplyPlan): boolean {
  return agents.some(({ change }) => change !== 'unchanged');
}

/** Only more power is worth a question: people who are always asked stop reading. */
export function widensPower({ agents }: ApplyPlan): boolean {
  return agents.some(({ widens }) => widens.length > 0);
}
