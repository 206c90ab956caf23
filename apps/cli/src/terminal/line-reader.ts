import { createInterface, type Interface } from 'node:readline';

/** What was typed before a program reads its terminal arrives at once, and within this time. */
const QUIET_MS = 150;

/** Lines that a person types, one at a time; what comes before it is asked for is kept until it is forgotten. */
export class LineReader {
  readonly #input: NodeJS.ReadableStream;
  readonly #reader: Interface;
  readonly #lines: string[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** `onInterrupt` is called for a Ctrl-C that the terminal turns into a key press. */
  constructor(
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream | undefined,
    onInterrupt: () => void,
  ) {
    this.#input = input;
    this.#reader = createInterface({ input, ...(output ? { output, terminal: true } : { terminal: false }) });
    this.#reader.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#reader.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    this.#reader.on('SIGINT', onInterrupt);
  }

  /** The next line; `null` when there are no more, or when the signal aborts first. */
  async next(prompt: string, signal?: AbortSignal): Promise<string | null> {
    this.#reader.setPrompt(prompt);
    if (this.#lines.length === 0 && !this.#isClosed) this.#reader.prompt();
    while (this.#lines.length === 0) {
      if (this.#isClosed || signal?.aborted) return null;
      await this.#change(signal);
    }
    return this.#lines.shift() ?? null;
  }

  /** Forgets what was typed so far, also a line without its end. Gives how many whole lines that were. */
  forget(): number {
    if (!this.#isClosed && this.#reader.line !== '') {
      this.#reader.setPrompt('');
      for (const name of ['e', 'u']) this.#reader.write(null, { ctrl: true, name });
    }
    return this.#lines.splice(0).length;
  }

  /** The same, once nothing is under way from the terminal any more. */
  async forgetAll(signal?: AbortSignal): Promise<number> {
    await this.#quiet(signal);
    return this.forget();
  }

  close(): void {
    this.#reader.close();
  }

  /** Resolves when no key came for a while, when the input ends, or when the signal aborts. */
  #quiet(signal?: AbortSignal): Promise<void> {
    if (this.#isClosed || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#input.off('keypress', again);
        this.#reader.off('close', end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, QUIET_MS);
      const again = (): void => void timer.refresh();
      this.#input.on('keypress', again);
      this.#reader.on('close', end);
      signal?.addEventListener('abort', end);
    });
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal?.removeEventListener('abort', end);
        resolve();
      };
      this.#wake = end;
      signal?.addEventListener('abort', end);
    });
  }
}
