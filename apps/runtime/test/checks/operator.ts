import { PassThrough } from 'node:stream';

import type { OperatorIo } from '../../src/checks/operator-io.js';

/** An operator at a terminal: types when a question is shown, and sees everything that is written. */
export class Operator {
  readonly stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => void this.rawModes.push(isRaw),
  });
  readonly rawModes: boolean[] = [];
  /** Whether each answer was typed while the terminal showed nothing. */
  readonly wasHidden: boolean[] = [];
  readonly opened: string[] = [];
  out = '';
  err = '';
  #answers: string[];

  /** One answer for each question, in order. A question ends with `: `. */
  constructor(
    private readonly settings: {
      answers?: readonly string[];
      cwd: string;
      env?: Record<string, string>;
      isTerminal?: boolean;
      hasBrowser?: boolean;
    },
  ) {
    this.#answers = [...(settings.answers ?? [])];
    this.stdin.isTTY = settings.isTerminal ?? true;
  }

  io(args: readonly string[] = []): OperatorIo {
    const { cwd, env = {}, hasBrowser = true } = this.settings;
    return {
      args,
      env,
      cwd,
      stdin: this.stdin,
      stdout: { write: (text) => (this.out += text) },
      stderr: { write: (text) => this.#hear(text) },
      openPage: async (url) => {
        this.opened.push(url);
        return hasBrowser;
      },
    };
  }

  #hear(text: string): void {
    this.err += text;
    if (!text.endsWith(': ')) return;
    const answer = this.#answers.shift();
    this.wasHidden.push(this.rawModes.at(-1) === true);
    // After whoever asked listens.
    setImmediate(() => (answer === undefined ? this.stdin.end() : this.stdin.write(answer)));
  }
}
