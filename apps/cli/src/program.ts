import { Command } from 'commander';

import type { Cli } from './command.js';
import { addAgents } from './commands/agents.js';
import { addApply } from './commands/apply.js';
import { addApprovals } from './commands/approvals.js';
import { addAudit } from './commands/audit.js';
import { addChat } from './commands/chat.js';
import { addCompletion } from './commands/completion.js';
import { addDiff } from './commands/diff.js';
import { addDoctor } from './commands/doctor.js';
import { addKeys } from './commands/keys.js';
import { addRuns } from './commands/runs.js';
import { addServer } from './commands/server.js';
import { addSlack } from './commands/slack.js';
import { addUsage } from './commands/usage.js';
import { addValidate } from './commands/validate.js';
import { addVersion } from './commands/version.js';
import type { Io } from './io.js';
import { plainText } from './terminal/plain-text.js';

const EXAMPLES = `
Examples:
  openloop chat                        talk to an agent here
  openloop apply -f agents/            apply agent files
  openloop approvals list              what waits for a person
`;

/** Every command there is. */
export function buildProgram(io: Io, version: string, end: (exitCode: number) => void): Command {
  const program = new Command('openloop')
    .description('Team agents that ask before they write.')
    .version(version, '-V, --version')
    .option('--server <url>', 'which server to talk to')
    .option('--no-color', 'no colours')
    .option('--no-input', 'never ask; fail instead and name the flag')
    .option('-q, --quiet', 'only what was asked for')
    .option('--debug', 'more on stderr: which server, request ids')
    .addHelpText('before', EXAMPLES)
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'what a command takes')
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(inOurWords(text)),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  program.showHelpAfterError('hint: add --help to see what it takes');
  const cli: Cli = { program, io, version, end };
  addChat(cli);
  addApply(cli, program);
  addDiff(cli, program);
  addValidate(cli, program);
  addAgents(cli);
  addRuns(cli);
  addApprovals(cli);
  addUsage(cli);
  addAudit(cli);
  addKeys(cli);
  addServer(cli);
  addSlack(cli);
  addDoctor(cli);
  addCompletion(cli);
  addVersion(cli);
  return program;
}

/** `error: unknown command "approval" — did you mean "approvals"?` */
function inOurWords(text: string): string {
  return plainText(text)
    .replace(/\n\(Did you mean (?:one of )?(.+?)\?\)/, (_, names: string) => {
      return ` — did you mean ${names
        .split(', ')
        .map((name) => `"${name}"`)
        .join(' or ')}?`;
    })
    .replace(/^(error: unknown (?:command|option)) '(.*?)'/, '$1 "$2"');
}
