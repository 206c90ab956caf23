import { routes } from '@openloop/api-contract';
import { Option, type Command } from 'commander';

import {
  checkFiles,
  filesForApi,
  hasErrors,
  showProblems,
  tally,
  type ProblemFormat,
} from '../agents/check-files.js';
import { readAgentFiles } from '../agents/read-agent-files.js';
import { whenRun, type Call, type Cli } from '../command.js';
import { EXIT } from '../exit-code.js';
import { plural } from '../terminal/words.js';
import { fileOptions, type FileOptions } from './file-options.js';

interface ValidateOptions extends FileOptions {
  strict?: boolean;
  output: 'table' | 'json';
  format: 'table' | 'github';
}

export function addValidate(cli: Cli, parent: Command): void {
  const command = parent
    .command('validate')
    .description('check agent files without a server; with --server also what only that server knows')
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
  const sources = await readAgentFiles(io, options.filename, options.recursive === true);
  const offline = checkFiles(sources);
  let { problems } = offline;
  if (options.server !== undefined && !hasErrors(problems)) {
    const client = await call.api();
    problems = (await client.call(routes['agents.validate'], { body: { files: filesForApi(sources) } }))
      .problems;
  }
  const format: ProblemFormat = options.output === 'json' ? 'json' : options.format;
  showProblems(terminal, format, { problems, sources });
  if (hasErrors(problems, options.strict)) {
    terminal.tell(`${terminal.tint.red('error:')} ${tally(problems)} in ${plural(sources.length, 'file')}`);
    terminal.tell(
      `${terminal.tint.bold('hint:')} correct the file and run the command again; the keys are in \`openloop agents schema\``,
    );
    return EXIT.invalidConfig;
  }
  const words = `${plural(offline.agents.length, 'agent')} in ${plural(sources.length, 'file')}: ${tally(problems)}`;
  if (format === 'table') terminal.print(`✓ ${words}`);
  return EXIT.ok;
}
