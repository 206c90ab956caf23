import { createInterface, type Interface } from 'node:readline';

/** Lines that a person types, one at a time; what comes before it is asked for is kept. */
export class LineReader {
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

  close(): void {
    this.#reader.close();
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
