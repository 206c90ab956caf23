import type { AgentView } from '@openloop/api-contract';

import { plainLine, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { ago, money } from '../terminal/words.js';

const LABEL_WIDTH = 14;
const GATE_WORDS = {
  allow: 'without asking',
  ask: 'held until approved',
  missing: 'no such tool is installed',
} as const;

/** One agent for people: what it may do, under which rules. */
export function agentLines(agent: AgentView, { paint }: Terminal, now: Date): string[] {
  const { budget } = agent;
  const line = (label: string, value: string): string =>
    `${paint.dim(label.padEnd(LABEL_WIDTH))}${plainLine(value)}`;
  return [
    `${paint.bold(plainLine(agent.name))}  ${agent.state}, rev ${agent.revision}, changed ${ago(agent.updated_at, now)}`,
    ...(agent.description ? [plainText(agent.description).trimEnd()] : []),
    line('workspace', agent.workspace),
    line('model', agent.model),
    line('surfaces', agent.surfaces.join(', ') || 'none'),
    line(
      'budget',
      `${money(budget.spent_usd)} of ${limit(budget.monthly_usd)} this month, then ${budget.on_exceeded}; ${limit(budget.per_task_usd)} a task`,
    ),
    ...(Number(budget.simulated_spent_usd) > 0 ? [line('', money(budget.simulated_spent_usd, true))] : []),
    line('approvers', approverWords(agent)),
    line('self-approval', agent.self_approval),
    line('held', String(agent.held)),
    line('last run', ago(agent.last_run_at, now)),
    paint.dim('may'),
    ...agent.permissions.map(
      ({ permission, effect, gate }) => `  ${plainLine(permission)}  ${effect ?? '?'}, ${GATE_WORDS[gate]}`,
    ),
    ...agent.warnings.map((warning) => paint.yellow(`! ${plainLine(warning)}`)),
  ];
}

function limit(usd: string | null): string {
  return usd === null ? 'no limit' : money(usd);
}

function approverWords({ approvers, min_approvals }: AgentView): string {
  if (approvers.length === 0) return 'nobody';
  const names = approvers.map(({ handle, name }) => (name === null ? `${handle} (nobody yet)` : handle));
  return `${min_approvals} of ${names.join(', ')}`;
}
