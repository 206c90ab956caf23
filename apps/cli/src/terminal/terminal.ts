import picocolors from 'picocolors';
import { Writable } from 'node:stream';

import { wrongUsage } from '../exit-code.js';
import type { Io, Sink } from '../io.js';
import { LineReader } from './line-reader.js';
import { plural } from './words.js';

export interface Question {
  signal?: AbortSignal;
  /** What to say instead of answering. */
  flag: string;
  /** The answer lets something happen: only what is typed after the question was shown counts. */
  isDecision?: boolean;
}

export interface TerminalOptions {
  /** `false` with `--no-color`. */
  color?: boolean;
  /** `false` with `--no-input`. */
  input?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** What a command says and asks: what was asked for on stdout, everything else on stderr. */
export class Terminal {
  /** For stdout. */
  readonly paint: Colors;
  /** For stderr. */
  readonly tint: Colors;
  /** Whether somebody sits there. */
  readonly isAttended: boolean;
  /** Whether they may be asked: not with `--no-input`. */
  readonly isInteractive: boolean;
  readonly #io: Io;
  readonly #isQuiet: boolean;
  readonly #isVerbose: boolean;
  #reader: LineReader | undefined;
  readonly #interrupts = new Set<() => void>();

  constructor(io: Io, { color = true, input = true, quiet = false, verbose = false }: TerminalOptions = {}) {
    this.#io = io;
    this.paint = picocolors.createColors(color && mayColor(io.stdout, io.env));
    this.tint = picocolors.createColors(color && mayColor(io.stderr, io.env));
    this.isAttended = io.stdin.isTTY === true && !isSet(io.env['CI']);
    this.isInteractive = this.isAttended && input;
    this.#isQuiet = quiet;
    this.#isVerbose = verbose;
  }

  get width(): number | undefined {
    return this.#io.stdout.isTTY ? this.#io.stdout.columns : undefined;
  }

  get isOutputTerminal(): boolean {
    return this.#io.stdout.isTTY === true;
  }

  /** What was asked for. */
  print(text: string): void {
    this.#io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** What a person may want to know besides. */
  note(text: string): void {
    if (!this.#isQuiet) this.#io.stderr.write(`${text}\n`);
  }

  /** What a person needs to see, also with `--quiet`: warnings, cards, questions. */
  tell(text: string): void {
    this.#io.stderr.write(`${text}\n`);
  }

  debug(text: string): void {
    if (this.#isVerbose) this.tell(this.tint.dim(text));
  }

  /**
   * One line from whoever sits there; `null` at the end of input or when the signal aborts.
   * @throws AppError `cli.usage` when nobody does: `flag` names what to say instead.
   */
  async ask(question: string, { signal, flag, isDecision = false }: Question): Promise<string | null> {
    if (!this.isInteractive) {
      const why = this.isAttended ? '--no-input forbids to ask' : 'this is not a terminal';
      throw wrongUsage(`This needs an answer, and ${why}`, `use ${flag}`);
    }
    this.#reader ??= new LineReader(this.#io.stdin, this.#echo(), () =>
      this.#interrupts.forEach((tell) => tell()),
    );
    if (isDecision) this.#tellForgotten(await this.#reader.forgetAll(signal));
    return this.#reader.next(question, signal);
  }

  /** What was typed up to now answers nothing that is asked later. */
  forgetTyped(): void {
    this.#tellForgotten(this.#reader?.forget() ?? 0);
  }

  /** Calls back on Ctrl-C, also when it comes while a question is open. */
  onInterrupt(interrupted: () => void): () => void {
    this.#interrupts.add(interrupted);
    const forget = this.#io.onInterrupt(interrupted);
    return () => {
      this.#interrupts.delete(interrupted);
      forget();
    };
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #tellForgotten(lines: number): void {
    if (lines > 0) this.tell(`Ignored ${plural(lines, 'line')} typed too early.`);
  }

  /** Where questions are written. */
  #echo(): NodeJS.WritableStream {
    const { stderr } = this.#io;
    if (stderr instanceof Writable) return stderr;
    return new Writable({
      write(chunk, _encoding, done) {
        stderr.write(String(chunk));
        done();
      },
    });
  }
}

/** https://no-color.org and https://force-color.org. */
function mayColor(sink: Sink, env: Io['env']): boolean {
  if (isSet(env['NO_COLOR'])) return false;
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0';
  return sink.isTTY === true && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
