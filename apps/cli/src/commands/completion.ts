import { ApiClient } from '@openloop/api-contract';
import { Argument } from 'commander';

import { whenRun, type Cli } from '../command.js';
import { candidatesFor, type Candidate, type Wanted } from '../completion/candidates.js';
import { knownNames } from '../completion/known-names.js';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.js';
import { findConnection } from '../connection.js';
import { withExamples } from '../examples.js';
import { plainLine } from '../terminal/plain-text.js';

/** Whoever pressed Tab waits: a server that takes longer is as good as none. */
const BUDGET_MS = 200;

export function addCompletion(cli: Cli): void {
  const { program, io, end } = cli;
  const command = program
    .command('completion')
    .description('what makes Tab complete commands, options, agents and approvals in your shell')
    .addArgument(new Argument('<shell>', 'yours').choices(SHELLS));
  withExamples(command, [
    ['eval "$(openloop completion bash)"', 'in ~/.bashrc'],
    ['eval "$(openloop completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['openloop completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
  whenRun(cli, command, async ({ args, terminal }) => {
    terminal.print(COMPLETION_SCRIPTS[args[0] as Shell]); // one of the choices
    return 0;
  });
  program
    .command('__complete', { hidden: true })
    .argument('[earlier...]')
    .option('--current <word>', '', '')
    .action(async (earlier: string[], { current }: { current: string }) => {
      const found = await candidates(cli, earlier, current).catch(() => []);
      for (const { value, description } of found) {
        io.stdout.write(`${value}\t${plainLine(description)}\n`);
      }
      end(0);
    });
}

async function candidates(cli: Cli, earlier: readonly string[], current: string): Promise<Candidate[]> {
  const wanted = candidatesFor(cli.program, earlier, current);
  const names = await namesOf(cli, wanted, earlier).catch(() => []);
  return [...wanted.words, ...names].filter(({ value }) => value.startsWith(current));
}

async function namesOf(
  { io, version }: Cli,
  { names, before }: Wanted,
  earlier: readonly string[],
): Promise<Candidate[]> {
  if (names === null) return [];
  const at = earlier.indexOf('--server');
  const { server, token } = await findConnection(io, at === -1 ? undefined : earlier[at + 1]);
  const api = new ApiClient({ server, token, clientVersion: version, clientName: 'cli', fetch: io.fetch });
  const found = await knownNames(api, names, AbortSignal.timeout(BUDGET_MS));
  return found.map(({ value, description }) => ({ value: `${before}${value}`, description }));
}
