import { agentJsonSchema } from '@openloop/agent-spec';
import { routes, type AgentSummary, type AgentView, type RevisionSummary } from '@openloop/api-contract';
import { Option } from 'commander';

import { agentLines } from '../agents/show-agent.js';
import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { withExamples } from '../examples.js';
import {
  LIST_FORMATS,
  OBJECT_FORMATS,
  printListing,
  printObject,
  printText,
  type Format,
} from '../output/formats.js';
import type { Column } from '../output/table.js';
import { writeOut } from '../output/write-file.js';
import { plainText } from '../terminal/plain-text.js';
import { ago, money } from '../terminal/words.js';
import { addApply } from './apply.js';
import { addDiff } from './diff.js';
import { addValidate } from './validate.js';
import { pageOptions, pageQuery, tellMore, type PageOptions } from './page-options.js';

type Printed = { output: Format };

export function addAgents(cli: Cli): void {
  const agents = cli.program.command('agents').alias('agent').description('agents: check, apply, look at');
  withExamples(agents, [
    ['openloop agents validate -f agents/', 'check files'],
    ['openloop agents apply -f agents/', 'apply them, all or none'],
    ['openloop agents describe demo', 'what demo may do, who approves, what it spent'],
  ]);
  addApply(cli, agents);
  addDiff(cli, agents);
  addValidate(cli, agents);
  const list = agents.command('list').alias('ls').description('the agents there are');
  whenRun<Printed & PageOptions>(cli, pageOptions(withOutput(list, LIST_FORMATS)), listAgents);
  const get = agents.command('get <name>').description('one agent, as data');
  whenRun<Printed>(cli, withOutput(get, ['yaml', 'json', 'table']), showAgent);
  const describe = agents
    .command('describe <name>')
    .description('one agent: what it may do, who approves, what it spent');
  whenRun<Printed>(cli, withOutput(describe, OBJECT_FORMATS), showAgent);
  const exported = agents.command('export <name>').description('YAML that applies again as unchanged');
  whenRun(cli, exported, exportAgent);
  const history = agents.command('history <name>').description('what was applied, newest first');
  whenRun<Printed & PageOptions>(cli, pageOptions(withOutput(history, LIST_FORMATS)), listRevisions);
  const schema = agents
    .command('schema')
    .description('JSON Schema of an agent file, for editors')
    .addOption(new Option('--out <file>', 'write it there'));
  whenRun<{ out?: string }>(cli, schema, printSchema);
}

const AGENT_COLUMNS = (now: Date): Column<AgentSummary>[] => [
  { head: 'NAME', value: ({ name }) => name },
  { head: 'REV', value: ({ revision }) => String(revision), right: true },
  { head: 'STATE', value: ({ state }) => state },
  { head: 'SURFACES', value: ({ surfaces }) => surfaces.join(', ') || '–', flexible: true },
  { head: 'MODEL', value: ({ model }) => model },
  { head: 'SPENT/BUDGET', value: spentWords, exact: ({ budget }) => budget.spent_usd },
  {
    head: 'SIMULATED',
    value: ({ budget }) => money(budget.simulated_spent_usd),
    exact: ({ budget }) => budget.simulated_spent_usd,
    wide: true,
  },
  { head: 'HELD', value: ({ held }) => String(held), right: true },
  {
    head: 'LAST RUN',
    value: ({ last_run_at }) => ago(last_run_at, now),
    exact: ({ last_run_at }) => last_run_at ?? '',
  },
  { head: 'WORKSPACE', value: ({ workspace }) => workspace, wide: true },
  { head: 'DIGEST', value: ({ digest }) => digest.slice(0, 12), exact: ({ digest }) => digest, wide: true },
];

function spentWords({ budget }: AgentSummary): string {
  const limit = budget.monthly_usd === null ? 'no limit' : money(budget.monthly_usd);
  return `${money(budget.spent_usd)} / ${limit}`;
}

async function listAgents(call: Call<Printed & PageOptions>): Promise<undefined> {
  const { terminal, options, io } = call;
  const answer = await (await call.api()).call(routes['agents.list'], { query: pageQuery(options) });
  printListing(terminal, options.output, {
    answer,
    rows: answer.data,
    columns: AGENT_COLUMNS(io.now()),
    name: ({ name }) => name,
    whenEmpty: 'No agents yet. Apply one: openloop apply -f agents/',
  });
  tellMore(terminal, answer);
}

async function showAgent(call: Call<Printed>): Promise<undefined> {
  const { terminal, options, io } = call;
  const agent: AgentView = await (
    await call.api()
  ).call(routes['agents.get'], { params: { name: call.args[0] ?? '' } });
  printObject(terminal, options.output, agent, () => agentLines(agent, terminal, io.now()).join('\n'));
}

async function exportAgent(call: Call): Promise<undefined> {
  const text = await (
    await call.api()
  ).call(routes['agents.export'], { params: { name: call.args[0] ?? '' } });
  printText(call.terminal, text);
}

const REVISION_COLUMNS = (now: Date): Column<RevisionSummary>[] => [
  { head: 'REV', value: ({ revision }) => String(revision), right: true },
  { head: 'APPLIED', value: ({ created_at }) => ago(created_at, now), exact: ({ created_at }) => created_at },
  { head: 'BY', value: ({ applied_by }) => applied_by },
  { head: 'DIGEST', value: ({ digest }) => digest.slice(0, 12), exact: ({ digest }) => digest },
  {
    head: 'MESSAGE',
    value: ({ message }) => message ?? '–',
    exact: ({ message }) => message ?? '',
    flexible: true,
  },
];

async function listRevisions(call: Call<Printed & PageOptions>): Promise<undefined> {
  const { terminal, options, io, args } = call;
  const input = { params: { name: args[0] ?? '' }, query: pageQuery(options) };
  const answer = await (await call.api()).call(routes['agents.revisions'], input);
  printListing(terminal, options.output, {
    answer,
    rows: answer.data,
    columns: REVISION_COLUMNS(io.now()),
    name: ({ agent, revision }) => `${agent}@${revision}`,
    whenEmpty: 'Nothing was applied yet.',
  });
  tellMore(terminal, answer);
}

async function printSchema({ terminal, io, options }: Call<{ out?: string }>): Promise<undefined> {
  const text = `${JSON.stringify(agentJsonSchema(), null, 2)}\n`;
  if (options.out === undefined) {
    terminal.print(text);
    return;
  }
  await writeOut(io, options.out, { text });
  terminal.note(
    `Wrote ${plainText(options.out)}. Put this at the top of agent files: # yaml-language-server: $schema=${plainText(options.out)}`,
  );
}
