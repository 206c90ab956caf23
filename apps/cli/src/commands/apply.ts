import { routes, type ApiClient, type ApplyPlan } from '@openloop/api-contract';
import { Option, type Command } from 'commander';

import {
  checkFiles,
  filesForApi,
  hasErrors,
  showProblems,
  tally,
  type ProblemFormat,
} from '../agents/check-files.js';
import { readAgentFiles, type AgentSource } from '../agents/read-agent-files.js';
import { changesSomething, planLines, planTally, widensPower } from '../agents/show-plan.js';
import { whenRun, type Call, type Cli } from '../command.js';
import { EXIT, interrupted, wrongUsage } from '../exit-code.js';
import { given } from '../given.js';
import { printObject } from '../output/formats.js';
import { plainLine } from '../terminal/plain-text.js';
import { fileOptions, type FileOptions } from './file-options.js';

interface ApplyOptions extends FileOptions {
  dryRun?: boolean;
  yes?: boolean;
  message?: string;
  expectRevision?: string;
  output: 'table' | 'json' | 'yaml';
  format: 'table' | 'github';
}

export function addApply(cli: Cli, parent: Command): void {
  const command = parent
    .command('apply')
    .description('apply agent files: all of them, or none')
    .option('--dry-run', 'only show what would change')
    .option('-y, --yes', 'do not ask, also when an agent may do more than before')
    .option('-m, --message <text>', 'why, for the history')
    .option('--expect-revision <n>', 'refuse when the agent has another revision by now')
    .addOption(
      new Option('-o, --output <format>', 'how to print the plan')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .addOption(
      new Option('--format <format>', 'how to print problems').choices(['table', 'github']).default('table'),
    );
  whenRun<ApplyOptions>(cli, fileOptions(command), apply);
}

async function apply(call: Call<ApplyOptions>): Promise<number> {
  const { io, options } = call;
  const sources = await readAgentFiles(io, options.filename, options.recursive === true);
  const checked = checkFiles(sources);
  if (hasErrors(checked.problems)) return refused(call, checked);
  const expect = expectation(options.expectRevision, checked.agents);

  const client = await call.api();
  const { message } = options;
  const body = { files: filesForApi(sources), ...given({ message }) };
  const plan = await client.call(routes['agents.apply'], {
    body: { ...body, dry_run: true, ...given({ expect }) },
  });
  if (hasErrors(plan.problems)) return refused(call, { problems: plan.problems, sources });
  await showPlan(call, { plan, sources, client });
  if (options.dryRun || !changesSomething(plan)) {
    printPlan(call, plan, options.dryRun ? `${planTally(plan)} (dry run)` : agentLines(plan));
    return EXIT.ok;
  }
  if (!(await isWanted(call, plan))) return EXIT.no;

  const seen = Object.fromEntries(plan.agents.map(({ name, revision_before }) => [name, revision_before]));
  const send = () => client.call(routes['agents.apply'], { body: { ...body, expect: expect ?? seen } });
  const applied = await untilInterrupted(call, send);
  if (hasErrors(applied.problems)) return refused(call, { problems: applied.problems, sources });
  printPlan(call, applied, agentLines(applied));
  return EXIT.ok;
}

function printPlan({ terminal, options }: Call<ApplyOptions>, plan: ApplyPlan, words: string): void {
  printObject(terminal, options.output, plan, () => words);
}

function refused(call: Call<ApplyOptions>, found: Parameters<typeof showProblems>[2]): number {
  const { terminal, options } = call;
  const format: ProblemFormat =
    options.format === 'github' ? 'github' : options.output === 'json' ? 'json' : 'table';
  showProblems(terminal, format, found);
  terminal.tell(`${terminal.tint.red('error:')} ${tally(found.problems)}; nothing was applied`);
  terminal.tell(
    `${terminal.tint.bold('hint:')} correct the file and run the command again; the keys are in \`openloop agents schema\``,
  );
  return EXIT.invalidConfig;
}

function expectation(
  text: string | undefined,
  agents: readonly string[],
): Record<string, number> | undefined {
  if (text === undefined) return undefined;
  const [name] = agents;
  if (!/^\d{1,9}$/.test(text))
    throw wrongUsage('--expect-revision takes a number', 'see it with `openloop agents list`');
  if (name === undefined || agents.length > 1) {
    throw wrongUsage('--expect-revision is for one agent at a time', 'name one file with -f');
  }
  return { [name]: Number(text) };
}

interface Planned {
  plan: ApplyPlan;
  sources: readonly AgentSource[];
  client: ApiClient;
}

async function showPlan(call: Call<ApplyOptions>, { plan, sources, client }: Planned): Promise<void> {
  const { terminal, options } = call;
  const { source } = await call.connection();
  terminal.note(`Plan for ${client.server} (${source})\n`);
  for (const line of planLines(plan, terminal)) terminal.note(line);
  terminal.note('');
  showProblems(terminal, options.format, { problems: plan.problems, sources });
}

/** Asks only when an agent gets more power and somebody is there to look. */
async function isWanted({ terminal, options }: Call<ApplyOptions>, plan: ApplyPlan): Promise<boolean> {
  if (options.yes || !widensPower(plan) || !terminal.isAttended) return true;
  const question = `${planTally(plan)}. Apply? [y/N] `;
  const answer = await terminal.ask(question, { flag: '--yes', isDecision: true });
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return true;
  terminal.tell('Nothing was applied.');
  return false;
}

/** The server applies all or nothing, but a Ctrl-C can come before it has said which. */
async function untilInterrupted<T>({ terminal }: Call<ApplyOptions>, send: () => Promise<T>): Promise<T> {
  let forget = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    forget = terminal.onInterrupt(() =>
      reject(
        interrupted(
          'Interrupted before the server answered: all of it was applied, or nothing',
          'see which with `openloop agents list`',
        ),
      ),
    );
  });
  try {
    return await Promise.race([send(), stopped]);
  } finally {
    forget();
  }
}

function agentLines({ agents }: ApplyPlan): string {
  return agents
    .map(({ change, name, revision_after }) => {
      const isSame = change === 'unchanged';
      return `  ${isSame ? '=' : '✓'} ${plainLine(name)}  rev ${revision_after}${isSame ? '   unchanged' : ''}`;
    })
    .join('\n');
}
