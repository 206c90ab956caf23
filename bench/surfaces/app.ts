import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';

export interface AppProgram {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  folder: string;
}

const READY_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 30_000;
const IDLE_AFTER_MS = 1_000;
/** Fields of /proc/<pid>/stat behind the program's name, counted from 0 (proc(5)). */
const STAT = { user: 11, system: 12 };
const tickMs = existsSync('/proc/self/stat')
  ? 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  : Number.NaN;

/** A contestant's program as an operator starts it, watched from outside. */
export class App {
  readonly #child: ChildProcess;
  #said = '';

  private constructor({ args, env, folder }: AppProgram) {
    this.#child = spawn(process.execPath, [...args], {
      env,
      cwd: folder,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
  }

  /** Resolves when it says where it listens: `"url":"http…"` on stderr. */
  static async start(program: AppProgram): Promise<{ app: App; url: string; readyMs: number }> {
    const startedAt = performance.now();
    const app = new App(program);
    const url = await app.#ready().catch((error: unknown) => {
      app.#child.kill('SIGKILL');
      throw error;
    });
    return { app, url, readyMs: performance.now() - startedAt };
  }

  /** User and system mode, all threads; not a number where it cannot be seen. */
  cpuMs(): number {
    if (Number.isNaN(tickMs)) return Number.NaN;
    const text = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[STAT.user]) + Number(fields[STAT.system])) * tickMs;
  }

  /** What it holds after a second without work. */
  async idleMb(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, IDLE_AFTER_MS));
    return this.#memoryMb('VmRSS');
  }

  /** The most it ever held. */
  peakMb(): number {
    return this.#memoryMb('VmHWM');
  }

  /** Warnings and errors of its log. */
  complaints(): string[] {
    return this.#said.split('\n').filter((line) => /"level":[4-6]0|^\S*Error/.test(line));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit', { signal: AbortSignal.timeout(STOPS_WITHIN_MS) });
    this.#child.kill('SIGTERM');
    await ended.catch(() => this.#child.kill('SIGKILL'));
  }

  async #ready(): Promise<string> {
    const signal = AbortSignal.timeout(READY_WITHIN_MS);
    for (;;) {
      const url = /"url":"(http:[^"]+)"/.exec(this.#said)?.[1];
      if (url) return url;
      if (this.#child.exitCode !== null) throw new Error(`It ended before it was ready:\n${this.#said}`);
      await Promise.race([
        once(this.#child.stderr ?? this.#child, 'data', { signal }),
        once(this.#child, 'exit', { signal }),
      ]);
    }
  }

  #memoryMb(field: 'VmRSS' | 'VmHWM'): number {
    if (Number.isNaN(tickMs)) return Number.NaN;
    const text = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  }
}
