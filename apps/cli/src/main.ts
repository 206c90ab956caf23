import { homedir } from 'node:os';
import process from 'node:process';

import { run } from './run.js';
import { startRuntime } from './start-runtime.js';

for (const stream of [process.stdout, process.stderr]) {
  // A reader that has seen enough (`| head`) is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch: globalThis.fetch,
  now: () => new Date(),
  onInterrupt: (interrupted) => {
    process.on('SIGINT', interrupted);
    return () => process.off('SIGINT', interrupted);
  },
  startRuntime,
});
