import { ApiClient } from '@openloop/api-contract';
import { Option, type Command } from 'commander';

import { findConnection, type Connection } from './connection.js';
import type { Io } from './io.js';
import type { Format } from './output/formats.js';
import { showError } from './show-error.js';
import { exitCodeOf } from './exit-code.js';
import { Terminal } from './terminal/terminal.js';

export interface GlobalOptions {
  server?: string;
  color: boolean;
  input: boolean;
  quiet?: boolean;
  debug?: boolean;
}

/** What every command gets to work with. */
export interface Call<O = object> {
  args: (string | undefined)[];
  options: O & GlobalOptions;
  io: Io;
  terminal: Terminal;
  version: string;
  /** Looked up when first asked for, so that offline commands need no server. */
  connection: () => Promise<Connection>;
  api: () => Promise<ApiClient>;
}

/** The tree that commands are added to, and what all of them share. */
export interface Cli {
  program: Command;
  io: Io;
  version: string;
  end: (exitCode: number) => void;
}

/** Gives the exit code; nothing is 0. */
type Action<O> = (call: Call<O>) => Promise<number | undefined>;

/** Runs `action` for a command; an error is shown and becomes the exit code it stands for. */
export function whenRun<O>({ io, version, end }: Cli, command: Command, action: Action<O>): Command {
  return command.action(async (...received: unknown[]) => {
    const options = command.optsWithGlobals<O & GlobalOptions>();
    const verbose = options.debug === true;
    const terminal = new Terminal(io, { ...options, verbose });
    const connection = once(() => findConnection(io, options.server));
    const api = once(async () => {
      const { server, token, source } = await connection();
      terminal.debug(`server: ${server} (${source})`);
      return new ApiClient({ server, token, clientVersion: version, clientName: 'cli', fetch: io.fetch });
    });
    const args = received.slice(0, command.registeredArguments.length) as (string | undefined)[]; // without a parser of their own, arguments are text
    try {
      end((await action({ args, options, io, terminal, version, connection, api })) ?? 0);
    } catch (error) {
      showError(error, terminal, verbose);
      end(exitCodeOf(error));
    } finally {
      terminal.close();
    }
  });
}

/** `-o`, with the formats that make sense here; the first is what people see. */
export function withOutput(command: Command, formats: readonly Format[]): Command {
  const option = new Option('-o, --output <format>', 'how to print it').choices(formats).default(formats[0]);
  return command.addOption(option);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
