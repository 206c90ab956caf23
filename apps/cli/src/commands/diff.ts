import { routes, type AgentDiff } from '@openloop/api-contract';
import { Option, type Command } from 'commander';

import { checkFiles, filesForApi, hasErrors, showProblems, tally } from '../agents/check-files.js';
import { readAgentFiles } from '../agents/read-agent-files.js';
import { unifiedDiff } from '../agents/unified-diff.js';
import { whenRun, type Call, type Cli } from '../command.js';
import { EXIT } from '../exit-code.js';
import { printValue } from '../output/formats.js';
import { plainLine, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { fileOptions, type FileOptions } from './file-options.js';

interface DiffOptions extends FileOptions {
  output: 'table' | 'json' | 'yaml';
}

export function addDiff(cli: Cli, parent: Command): void {
  const command = parent
    .command('diff')
    .description('what applying would change, as whole documents; exit 1 when there is a difference')
    .addOption(
      new Option('-o, --output <format>', 'how to print it')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    );
  whenRun<DiffOptions>(cli, fileOptions(command), diff);
}

async function diff(call: Call<DiffOptions>): Promise<number> {
  const { io, terminal, options } = call;
  const sources = await readAgentFiles(io, options.filename, options.recursive === true);
  const checked = checkFiles(sources);
  const found = hasErrors(checked.problems)
    ? null
    : await (await call.api()).call(routes['agents.diff'], { body: { files: filesForApi(sources) } });
  const problems = found?.problems ?? checked.problems;
  showProblems(terminal, 'table', { problems, sources });
  if (found === null || hasErrors(problems)) {
    terminal.tell(`${terminal.tint.red('error:')} ${tally(problems)}; nothing was compared`);
    terminal.tell(`${terminal.tint.bold('hint:')} correct the file and run the command again`);
    return EXIT.invalidConfig;
  }
  if (options.output !== 'table') printValue(terminal, options.output, found);
  else showDiffs(terminal, found.agents);
  return found.agents.some(({ change }) => change !== 'unchanged') ? EXIT.no : EXIT.ok;
}

function showDiffs(terminal: Terminal, agents: AgentDiff['agents']): void {
  for (const { name, before, after, change } of agents) {
    if (change === 'unchanged') continue;
    const text = plainText(unifiedDiff(`${plainLine(name)}.yaml`, before, after));
    if (text !== '')
      terminal.print(
        text
          .split('\n')
          .map((line) => painted(line, terminal))
          .join('\n'),
      );
  }
}

function painted(line: string, { paint }: Terminal): string {
  if (line.startsWith('@@')) return paint.cyan(line);
  if (line.startsWith('+')) return paint.green(line);
  return line.startsWith('-') ? paint.red(line) : line;
}
