import { AppError, messageOf } from '@openloop/kernel';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Beside this package, in a checkout as in an image. */
const RUNTIME = fileURLToPath(new URL('../../runtime/dist/main.js', import.meta.url));

/**
 * Runs the server's program on this Node, in front of this terminal, and ends as it does.
 * Signals are passed on, so that whoever stops this stops that.
 */
export function startRuntime(args: readonly string[]): Promise<number> {
  if (!existsSync(RUNTIME)) {
    throw new AppError('unavailable', 'cli.not_built', 'The server is not built', {
      hint: 'Run `npm run build` in the checkout',
    });
  }
  const child = spawn(process.execPath, [...process.execArgv, RUNTIME, ...args], { stdio: 'inherit' });
  const stops = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    // A terminal sends Ctrl-C to the child as well; twice would mean "at once".
    const pass = (): void => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(new AppError('unavailable', 'cli.not_started', `The server did not start: ${messageOf(error)}`));
    });
    child.on('exit', (code, signal) => {
      for (const stop of stops) stop();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
