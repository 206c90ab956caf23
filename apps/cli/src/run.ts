import { CommanderError } from 'commander';

import { EXIT } from './exit-code.js';
import type { Io } from './io.js';
import { buildProgram } from './program.js';
import { cliVersion } from './version.js';

/** One command, from its arguments to its exit code. Never ends the program itself. */
export async function run(io: Io): Promise<number> {
  let exitCode: number = EXIT.ok;
  const version = await cliVersion();
  const program = buildProgram(io, version, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...io.args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exitCode;
}
