import type { BudgetView, UsageGrouping, UsageLine } from '@openloop/api-contract';
import { microsFromUsd, showUsd } from '@openloop/kernel';

import { plainLine } from '../terminal/plain-text.js';
import { count, money } from '../terminal/words.js';
import type { Column } from './table.js';

export function usageColumns(groups: readonly UsageGrouping[]): Column<UsageLine>[] {
  return [
    ...groups.map((group): Column<UsageLine> => ({
      head: group.toUpperCase(),
      value: (line) => line.group[group] ?? '–',
      exact: (line) => line.group[group] ?? '',
    })),
    number('RUNS', ({ runs }) => runs),
    number('IN TOK', ({ input_tokens }) => input_tokens),
    number('OUT TOK', ({ output_tokens }) => output_tokens),
    {
      head: 'COST',
      value: ({ cost_usd }) => money(cost_usd),
      exact: ({ cost_usd }) => cost_usd,
      right: true,
    },
    { head: 'KIND', value: ({ simulated }) => (simulated ? 'simulated' : 'real') },
    { ...number('UNPRICED', ({ unpriced_calls }) => unpriced_calls), wide: true },
  ];
}

function number(head: string, of: (line: UsageLine) => number): Column<UsageLine> {
  return { head, value: (line) => count(of(line)), exact: (line) => String(of(line)), right: true };
}

/** Real and simulated spend are never one sum. */
export function totalLines(lines: readonly UsageLine[]): string[] {
  return [false, true]
    .map((simulated) => lines.filter((line) => line.simulated === simulated))
    .filter((kind) => kind.length > 0)
    .map((kind) => {
      const micros = kind.reduce((sum, { cost_usd }) => sum + microsFromUsd(Number(cost_usd)), 0);
      return `TOTAL ${showUsd(micros)} ${kind[0]?.simulated ? 'simulated' : 'real'}`;
    });
}

const BAR_CELLS = 10;

export function budgetLines(budgets: readonly BudgetView[]): string[] {
  return budgets.flatMap((budget) => {
    if (budget.monthly_usd === null) return [];
    const { agent, monthly_usd, spent_usd, on_exceeded, resets_at } = budget;
    const share = Number(monthly_usd) === 0 ? 1 : Number(spent_usd) / Number(monthly_usd);
    const full = Math.min(BAR_CELLS, Math.max(0, Math.floor(share * BAR_CELLS)));
    const bar = '▓'.repeat(full) + '░'.repeat(BAR_CELLS - full);
    return `${plainLine(agent)}  ${bar} ${Math.floor(share * 100)} % of ${money(monthly_usd)}, then ${on_exceeded}; resets ${resets_at.slice(0, 10)}`;
  });
}
