import type { ActorView, AuditVerdict, AuditView } from '@openloop/api-contract';
import { shortId } from '@openloop/kernel';

import type { Column } from '../output/table.js';
import { plainLine } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { count, plural } from '../terminal/words.js';

export const AUDIT_COLUMNS: Column<AuditView>[] = [
  { head: 'SEQ', value: ({ seq }) => String(seq), right: true },
  { head: 'TIME', value: ({ at }) => at.replace('T', ' ').replace(/\.\d+Z$/, ''), exact: ({ at }) => at },
  { head: 'ACTOR', value: ({ actor }) => actorWords(actor) },
  { head: 'EVENT', value: ({ name }) => name },
  { head: 'HASH', value: ({ hash }) => hash.slice(0, 12), exact: ({ hash }) => hash, wide: true },
  {
    head: 'FACTS',
    value: ({ facts }) => factWords(facts),
    exact: ({ facts }) => JSON.stringify(facts),
    flexible: true,
  },
];

function actorWords(actor: ActorView): string {
  if (actor.kind === 'principal') return actor.handle;
  return actor.kind === 'agent' ? actor.name : 'system';
}

/** What matters to people first; whole ids and digests are in `-o json`. */
function factWords(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .filter(([name]) => !/^(agentId|digest)$/.test(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? shortOf(value) : JSON.stringify(value)}`)
    .join(' ');
}

function shortOf(text: string): string {
  return /^[a-z]{3}_[0-9A-Z]{26}$/.test(text) ? shortId(text) : text;
}

/** The verdict over a chain, and where it breaks. */
export function verdictLines(verdict: AuditVerdict, { paint }: Terminal): string[] {
  const { ok, checked, from, to, head } = verdict;
  const broken = verdict.break;
  if (ok) {
    const range = checked === 0 ? '' : `, seq ${count(from)}…${count(to)}`;
    return [
      `${paint.green('✓')} ${plural(checked, 'entry', 'entries')}${range}, chain intact      head ${short(head)}`,
    ];
  }
  if (!broken) return [`${paint.red('✗')} the chain is broken`];
  const when = broken.at === '' ? '' : ` (${plainLine(broken.at)})`;
  return [
    `${paint.red('✗')} chain breaks at seq ${broken.seq}${when}: ${plainLine(broken.why)}`,
    `    expected ${short(broken.expected)}   found ${short(broken.found)}`,
    `    ${plural(checked, 'entry', 'entries')} before it ${checked === 1 ? 'is' : 'are'} intact`,
  ];
}

function short(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 4)}…${text.slice(-4)}` : plainLine(text);
}
