import { routes } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { OBJECT_FORMATS, printObject, type Format } from '../output/formats.js';
import { plainLine } from '../terminal/plain-text.js';

const LONGEST_WAIT_MS = 3000;

export function addVersion(cli: Cli): void {
  const command = cli.program.command('version').description('the version of this program and of the server');
  whenRun<{ output: Format }>(cli, withOutput(command, OBJECT_FORMATS), showVersion);
}

async function showVersion(call: Call<{ output: Format }>): Promise<undefined> {
  const { terminal, options, version } = call;
  const server = await serverVersion(call);
  const facts = { version, node: process.versions.node, server };
  printObject(terminal, options.output, facts, () => {
    return [
      `openloop ${version} · Node ${facts.node}`,
      ...(server === null ? [] : [`server   ${plainLine(server)}`]),
    ].join('\n');
  });
}

/** A server that is away, or none at all, does not keep this program from saying its own version. */
async function serverVersion({ api, terminal }: Call): Promise<string | null> {
  try {
    return (await (await api()).call(routes['system.version'], {}, AbortSignal.timeout(LONGEST_WAIT_MS)))
      .version;
  } catch (error) {
    if (error instanceof AppError && error.code === 'client.too_old') throw error;
    if (!(error instanceof AppError && error.code === 'cli.usage'))
      terminal.note(`server: ${error instanceof AppError ? error.message : 'no answer in time'}`);
    return null;
  }
}
