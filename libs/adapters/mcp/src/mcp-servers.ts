import { canonicalJson } from '@openloop/kernel';
import type { Listed, ServerCall, ServerRef, ToolContext, ToolServers, WriteResult } from '@openloop/tools';

import { argumentsCheck } from './arguments-check.js';
import { Connection } from './connection.js';
import { Fresh } from './fresh.js';
import { systemResolve, type Resolve } from './guarded-request.js';
import { targetOf, type Env, type McpProgram } from './target.js';

export interface McpServersOptions {
  /** Reads a variable for `${env:NAME}`; also the place to refuse names. */
  env: Env;
  /** What `stdio:NAME` may run, by name. */
  programs?: Readonly<Record<string, McpProgram>>;
  /** `PATH` for those programs; without it their commands must be whole paths. */
  path?: string;
  /** Every address of a name; the system's way when absent. */
  resolve?: Resolve;
  log?: { warn(fields: object, message: string): void };
}

interface Known {
  connection: Connection;
  listed: Fresh<Listed>;
}

/** MCP servers over Streamable HTTP and as programs. Connects to one when it is first needed. */
export class McpServers implements ToolServers {
  readonly #known = new Map<string, Known>();

  constructor(private readonly options: McpServersOptions) {}

  async definitions(server: ServerRef, { maxAgeMs }: { maxAgeMs: number }): Promise<Listed> {
    return this.#of(server).listed.get(maxAgeMs);
  }

  async call(server: ServerRef, call: ServerCall, context: ToolContext): Promise<WriteResult> {
    let known: Known;
    try {
      known = this.#of(server);
    } catch {
      return { kind: 'failed', reason: 'The server’s address or a variable of it cannot be used' };
    }
    return known.connection.call(call, context, server.timeoutMs);
  }

  argumentsCheck = argumentsCheck;

  /** Ends every connection and every program. */
  async close(): Promise<void> {
    const all = [...this.#known.values()];
    this.#known.clear();
    await Promise.all(all.map(({ connection }) => connection.close()));
  }

  /** Agents that name a server in the same way share its connection. */
  #of({ server, credentials, headers }: ServerRef): Known {
    const key = canonicalJson([server, credentials, headers]);
    const known = this.#known.get(key);
    if (known) return known;
    const { env, programs = {}, path, resolve = systemResolve } = this.options;
    const target = targetOf({ server, credentials, headers, timeoutMs: 0 }, { env, programs });
    const onChange = () => listed.forget();
    const connection = new Connection(target, { path, resolve, onChange });
    const listed = new Fresh<Listed>(async () => {
      const fetched = await connection.list();
      const { excluded, identity } = fetched.value;
      if (excluded.length > 0) {
        const fields = { host: identity.host, excluded: excluded.length };
        this.options.log?.warn(fields, 'Some tools of an MCP server are left out');
      }
      return fetched;
    });
    const made = { connection, listed };
    this.#known.set(key, made);
    return made;
  }
}
