import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { until } from './until.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const READY_WITHIN_MS = 120_000;

/** Brings what is built up to date, under the lock that everybody who builds takes. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', '--build'], { cwd: ROOT });
  if (status !== 0) throw new Error(`The build failed:\n${stderr.toString()}`);
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built program as an operator starts it, with nothing of this process's environment. */
export class Program {
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #ended: Ended | null = null;

  constructor(command: 'start' | 'dev' | 'migrate', env: Readonly<Record<string, string>>, folder: string) {
    this.#child = spawn(process.execPath, [MAIN, command], { cwd: folder, env });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#child.on('close', (code) => {
      this.#ended = { code, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Its address, once it says that it is ready. */
  ready(): Promise<string> {
    const look = () => {
      if (this.#ended) throw new Error(`It ended with ${this.#ended.code}:\n${this.#stderr}`);
      return /"url":"(http:[^"]+)".*OpenLoop is ready/.exec(this.#stderr)?.[1];
    };
    return until('the program to be ready', look, READY_WITHIN_MS);
  }

  ended(): Promise<Ended> {
    return until('the program to end', () => this.#ended, READY_WITHIN_MS);
  }

  /** SIGKILL: nothing of it runs after this, not even a `finally`. */
  kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return this.ended();
  }

  stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return this.ended();
  }
}
