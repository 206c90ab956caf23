/** What a command of the operator's gets: what follows its name, the environment, and the terminal. */
export interface OperatorIo {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Where `.env` is. */
  cwd: string;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (isRaw: boolean) => unknown };
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean };
  /** Shows a page in a browser; false when there is none. */
  openPage: (url: string) => Promise<boolean>;
}
