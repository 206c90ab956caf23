import { PassThrough, Writable } from 'node:stream';

import type { Io } from '../io.js';
import { run } from '../run.js';

export interface CliSettings {
  env?: Record<string, string>;
  cwd?: string;
  /** What is typed or piped in; given, stdin ends after it. */
  input?: string;
  /** Stdin is a terminal with somebody at it. */
  isTerminal?: boolean;
  startRuntime?: Io['startRuntime'];
  fetch?: typeof fetch;
}

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command under way, as somebody sits in front of it. */
export interface RunningCli {
  type(text: string): void;
  /** No more is typed: Ctrl-D. */
  end(): void;
  interrupt(): void;
  /** Resolves once the text was printed so often on stderr or stdout. */
  sees(text: string, times?: number): Promise<void>;
  result: Promise<CliResult>;
}

export const NOW = new Date('2026-11-20T14:05:11.402Z');

export function startCli(args: readonly string[], settings: CliSettings = {}): RunningCli {
  const { env = {}, cwd = '/nowhere', input, isTerminal = false } = settings;
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  if (input !== undefined) stdin.end(input);
  const [stdout, stderr] = [new Captured(), new Captured()];
  const interrupts = new Set<() => void>();
  const result = run({
    args,
    env,
    cwd,
    home: '/nowhere',
    stdin,
    stdout,
    stderr,
    fetch: settings.fetch ?? fetch,
    now: () => NOW,
    onInterrupt: (interrupted) => {
      interrupts.add(interrupted);
      return () => interrupts.delete(interrupted);
    },
    startRuntime: settings.startRuntime ?? (() => Promise.reject(new Error('no runtime in this test'))),
  });
  return {
    type: (text) => void stdin.write(text),
    end: () => void stdin.end(),
    interrupt: () => interrupts.forEach((interrupted) => interrupted()),
    sees: (text, times = 1) => Promise.race([stdout.sees(text, times), stderr.sees(text, times)]),
    result: result.then((exitCode) => ({ exitCode, stdout: stdout.text, stderr: stderr.text })),
  };
}

/** One command, from its arguments to its end. */
export function runCli(args: readonly string[], settings: CliSettings = {}): Promise<CliResult> {
  return startCli(args, { input: '', ...settings }).result;
}

class Captured extends Writable {
  text = '';
  readonly #watchers = new Set<() => void>();

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    this.#watchers.forEach((look) => look());
    done();
  }

  sees(text: string, times: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.text.split(text).length <= times) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}
