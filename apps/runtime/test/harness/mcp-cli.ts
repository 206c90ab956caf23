import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Ended } from './program.js';

const MAIN = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));

interface At {
  /** Where the server is, with the key of whoever asks. */
  url: string;
  key: string;
  folder: string;
}

/** The built command line, as its user runs it in a folder. */
export function commandLine({ url, key, folder }: At, ...args: readonly string[]): Promise<Ended> {
  const env = { OPENLOOP_SERVER: url, OPENLOOP_TOKEN: key, HOME: folder, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
