import type { Problem } from '@openloop/agent-spec';
import { routes } from '@openloop/api-contract';
import { AppError, messageOf } from '@openloop/kernel';
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
import { whenRun, type Call, type Cli } from '../command.js';
import { EXIT, wrongUsage } from '../exit-code.js';
import { plainLine } from '../terminal/plain-text.js';
import { plural } from '../terminal/words.js';
import { fileOptions, type FileOptions } from './file-options.js';

interface ValidateOptions extends FileOptions {
  strict?: boolean;
  offline?: boolean;
  output: 'table' | 'json';
  format: 'table' | 'github';
}

export function addValidate(cli: Cli, parent: Command): void {
  const command = parent
    .command('validate')
    .description('check agent files; with a server also what only that knows: tools, prices, people')
    .option('--offline', 'ask no server, also when there is one')
    .option('--strict', 'warnings count as errors')
    .addOption(
      new Option('-o, --output <format>', 'how to print problems')
        .choices(['table', 'json'])
        .default('table'),
    )
    .addOption(
      new Option('--format <format>', 'annotations for a workflow')
        .choices(['table', 'github'])
        .default('table'),
    );
  whenRun<ValidateOptions>(cli, fileOptions(command), validate);
}

async function validate(call: Call<ValidateOptions>): Promise<number> {
  const { io, terminal, options } = call;
  refuseContradiction(options);
  const sources = await readAgentFiles(io, options.filename, options.recursive === true);
  const own = checkFiles(sources);
  const found = options.offline || hasErrors(own.problems) ? null : await askServer(call, sources);
  const problems = found?.problems ?? own.problems;
  const format: ProblemFormat = options.output === 'json' ? 'json' : options.format;
  showProblems(terminal, format, { problems, sources });
  const files = plural(sources.length, 'file');
  if (hasErrors(problems, options.strict)) {
    terminal.tell(`${terminal.tint.red('error:')} ${tally(problems)} in ${files}`);
    terminal.tell(
      `${terminal.tint.bold('hint:')} correct the file and run the command again; the keys are in \`openloop agents schema\``,
    );
    return EXIT.invalidConfig;
  }
  const how = found?.how ?? withoutServer(options);
  if (format === 'table')
    terminal.print(`✓ ${plural(own.agents.length, 'agent')} in ${files}: ${tally(problems)} (${how})`);
  else terminal.note(how);
  return EXIT.ok;
}

function refuseContradiction({ offline, server }: Call<ValidateOptions>['options']): void {
  if (offline && server !== undefined)
    throw wrongUsage('--offline asks no server, and --server names one', 'leave one of them out');
}

function withoutServer({ offline }: ValidateOptions): string {
  const words = 'checked without a server: tools, prices and people were not looked at';
  return offline ? words : `${words}; add --server`;
}

/** A server that nobody named is not waited for longer. */
const ANSWER_WITHIN_MS = 10_000;

interface Answer {
  problems: Problem[];
  how: string;
}

/** What a server says. One that was not named with `--server` may be away: then it is `null`, and why is told. */
async function askServer(
  call: Call<ValidateOptions>,
  sources: readonly AgentSource[],
): Promise<Answer | null> {
  const { terminal, options } = call;
  const isNamed = options.server !== undefined;
  const signal = isNamed ? undefined : AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const client = await call.api();
    const body = { files: filesForApi(sources) };
    const { problems } = await client.call(routes['agents.validate'], { body }, signal);
    return { problems, how: `checked with ${client.server}` };
  } catch (error) {
    if (isNamed || !(error instanceof AppError || signal?.aborted)) throw error;
    if (!(error instanceof AppError && error.code === 'cli.usage'))
      terminal.note(`The server was not asked: ${plainLine(messageOf(error))}`);
    return null;
  }
}
