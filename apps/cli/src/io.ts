/** Everything a command touches of the machine it runs on, so that a test can stand in for all of it. */
export interface Io {
  /** What follows the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  /** Calls back on every Ctrl-C until the returned function is called. */
  readonly onInterrupt: (interrupted: () => void) => () => void;
  /** Runs the server's program with these arguments and gives its exit code. */
  readonly startRuntime: (args: readonly string[]) => Promise<number>;
}

export interface Sink {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}
