import { routes, type UsageGrouping, type UsageReport } from '@openloop/api-contract';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { withExamples } from '../examples.js';
import { wrongUsage } from '../exit-code.js';
import { given } from '../given.js';
import { printListing, type Format } from '../output/formats.js';
import { budgetLines, totalLines, usageColumns } from '../output/usage-table.js';
import { collect } from './page-options.js';

interface UsageOptions {
  groupBy?: UsageGrouping[];
  since?: string;
  until?: string;
  month?: string;
  agent?: string;
  output: Format;
}

export function addUsage(cli: Cli): void {
  const command = cli.program
    .command('usage')
    .description('spend and tokens of this month, or of a period')
    .option(
      '--group-by <what>',
      'agent, model, day, month, surface, user; several with commas (default: agent,model)',
      collect,
    )
    .option('--since <time>', 'a day or a time with its zone')
    .option('--until <time>', 'the same; not included')
    .option('--month <yyyy-mm>', 'one calendar month, UTC')
    .option('--agent <name>', 'only of this agent');
  withExamples(command, [
    ['openloop usage', 'this month, by agent and model'],
    ['openloop usage --month 2026-11 --group-by user', 'who asked for how much'],
    ['openloop usage --since 2026-11-01 -o csv', 'for a spreadsheet'],
  ]);
  whenRun<UsageOptions>(cli, withOutput(command, ['table', 'json', 'jsonl', 'yaml', 'csv']), usage);
}

async function usage(call: Call<UsageOptions>): Promise<undefined> {
  const { terminal, options } = call;
  const { groupBy, agent } = options;
  const query = { ...periodOf(options), ...given({ group_by: groupBy, agent }) };
  const report = await (await call.api()).call(routes['usage.report'], { query });
  printListing(terminal, options.output, {
    answer: report,
    rows: report.lines,
    columns: usageColumns(groupBy ?? ['agent', 'model']),
    name: ({ group }) => Object.values(group).join('/'),
    whenEmpty: 'Nothing was spent in this period.',
  });
  if (options.output === 'table') for (const line of footLines(report)) terminal.print(line);
}

function footLines(report: UsageReport): string[] {
  const unpriced = report.lines.reduce((sum, { unpriced_calls }) => sum + unpriced_calls, 0);
  const missing = unpriced > 0 ? ` · ${unpriced} calls without a known price, not in the cost` : '';
  const total = report.lines.length > 0 ? totalLines(report.lines) : [];
  return [...total, ...budgetLines(report.budgets), `prices: built-in ${report.prices_as_of}${missing}`];
}

function periodOf({ since, until, month }: UsageOptions): { since?: string; until?: string } {
  if (month === undefined) return given({ since, until });
  if (since !== undefined || until !== undefined)
    throw wrongUsage('--month is a period of its own', 'leave --since and --until out');
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined || number === undefined)
    throw wrongUsage('--month looks like 2026-11', 'or name a period with --since and --until');
  const [start, end] = [0, 1].map((after) =>
    new Date(Date.UTC(Number(year), Number(number) - 1 + after)).toISOString(),
  );
  return { since: start ?? '', until: end ?? '' };
}
