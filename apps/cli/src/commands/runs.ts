import { routes, type RunStatus, type RunView } from '@openloop/api-contract';
import type { Command } from 'commander';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { withExamples } from '../examples.js';
import { given } from '../given.js';
import { LIST_FORMATS, OBJECT_FORMATS, printListing, printObject, type Format } from '../output/formats.js';
import type { Column } from '../output/table.js';
import { runLines, traceLines } from '../runs/show-run.js';
import { ago, money } from '../terminal/words.js';
import { collect, pageOptions, pageQuery, tellMore, type PageOptions } from './page-options.js';
import { addStartRun } from './start-run.js';

type Printed = { output: Format };
type ListOptions = Printed & PageOptions & { agent?: string; status?: RunStatus[] };

export function addRuns(cli: Cli): void {
  const runs = cli.program.command('runs').alias('run').description('runs: start, follow, look at, stop');
  withExamples(runs, [
    ['openloop runs start demo "what is open?" --wait', 'ask, and print the answer'],
    ['openloop runs list --agent demo', 'what it did, newest first'],
    ['openloop runs trace run_0HPNGP2Y', 'step by step'],
  ]);
  addStartRun(cli, runs);
  const list = runs
    .command('list')
    .alias('ls')
    .description('runs, newest first')
    .option('--agent <name>', 'only of this agent')
    .option('--status <status>', 'only with this status; may be repeated', collect);
  whenRun<ListOptions>(cli, pageOptions(withOutput(list, LIST_FORMATS)), listRuns);
  addOne(runs, 'get', 'one run', (command) => whenRun<Printed>(cli, command, getRun));
  addOne(runs, 'trace', 'the steps of a run and the calls they made', (command) =>
    whenRun<Printed>(cli, command, traceRun),
  );
  addOne(runs, 'cancel', 'stop a run; what it holds is cancelled', (command) =>
    whenRun<Printed>(cli, command, cancelRun),
  );
}

function addOne(parent: Command, name: string, description: string, ready: (command: Command) => void): void {
  ready(withOutput(parent.command(`${name} <id>`).description(description), OBJECT_FORMATS));
}

const COLUMNS = (now: Date): Column<RunView>[] => [
  { head: 'ID', value: ({ short_id }) => short_id, exact: ({ id }) => id },
  { head: 'AGE', value: ({ created_at }) => ago(created_at, now), exact: ({ created_at }) => created_at },
  { head: 'STATUS', value: ({ status }) => status },
  { head: 'AGENT', value: ({ agent }) => agent },
  { head: 'REV', value: ({ revision }) => String(revision), wide: true, right: true },
  { head: 'SURFACE', value: ({ surface }) => surface },
  { head: 'BY', value: ({ initiator }) => initiator },
  { head: 'STEPS', value: ({ steps }) => String(steps), right: true },
  { head: 'COST', value: ({ cost }) => money(cost.usd, cost.simulated), exact: ({ cost }) => cost.usd },
  { head: 'HELD', value: ({ approvals }) => approvals.join(' '), wide: true },
  { head: 'INPUT', value: ({ input }) => input, flexible: true },
];

async function listRuns(call: Call<ListOptions>): Promise<undefined> {
  const { terminal, options, io } = call;
  const { agent, status } = options;
  const query = { ...pageQuery(options), ...given({ agent, status }) };
  const answer = await (await call.api()).call(routes['runs.list'], { query });
  printListing(terminal, options.output, {
    answer,
    rows: answer.data,
    columns: COLUMNS(io.now()),
    name: ({ id }) => id,
    whenEmpty: 'No runs yet. Start one: openloop chat',
  });
  tellMore(terminal, answer);
}

async function getRun(call: Call<Printed>): Promise<undefined> {
  const run = await (await call.api()).call(routes['runs.get'], { params: { id: call.args[0] ?? '' } });
  printRun(call, run);
}

async function cancelRun(call: Call<Printed>): Promise<undefined> {
  const run = await (await call.api()).call(routes['runs.cancel'], { params: { id: call.args[0] ?? '' } });
  printRun(call, run);
}

function printRun({ terminal, options, io }: Call<Printed>, run: RunView): void {
  printObject(terminal, options.output, run, () => runLines(run, terminal, io.now()).join('\n'));
}

async function traceRun(call: Call<Printed>): Promise<undefined> {
  const { terminal, options } = call;
  const trace = await (await call.api()).call(routes['runs.steps'], { params: { id: call.args[0] ?? '' } });
  printObject(terminal, options.output, trace, ({ run, steps }) =>
    traceLines(run, steps, terminal).join('\n'),
  );
}
