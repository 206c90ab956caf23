import type { ToolContext, WriteResult } from './tool.js';

/** Where an agent's file says that a server of tools is, and what it is shown. References are resolved at connect only. */
export interface ServerRef {
  /** An address, or `stdio:NAME`; may hold `${env:NAME}`. */
  readonly server: string;
  readonly credentials: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** How long one call may take. */
  readonly timeoutMs: number;
}

/** Whom we reached. Only `host` is proven; the rest is what the server says of itself. */
export interface ServerIdentity {
  /** `mcp.example.com:8443`, or `stdio:ci-logs`. */
  readonly host: string;
  readonly name: string;
  readonly version: string;
}

/** One tool as its server defines it. Every word of it was written by somebody else. */
export interface ToolDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface Listed {
  readonly identity: ServerIdentity;
  readonly tools: readonly ToolDefinition[];
  /** What the server lists and nobody may use, with why. */
  readonly excluded: readonly { readonly name: string; readonly reason: string }[];
}

/** What is wrong with a call's arguments, or `null`. Never fetches anything. */
export type ArgumentsCheck = (args: unknown) => string | null;

/** Tools that are somebody else's: asked what they are, and called. One server's trouble is never another's. */
export interface ToolServers {
  /**
   * What the server offers, from memory when that is at most so old.
   * @throws AppError `unavailable` / `mcp.unreachable`, or `invalid` when the reference itself cannot be used
   */
  definitions(server: ServerRef, options: { maxAgeMs: number }): Promise<Listed>;
  /** Sends one call once. Never throws: what is not a well-formed answer is `failed` or `unknown`. */
  call(server: ServerRef, call: ServerCall, context: ToolContext): Promise<WriteResult>;
  /** @throws AppError `invalid` / `mcp.bad_schema` when the schema cannot be used to check anything */
  argumentsCheck(schema: ToolDefinition['inputSchema']): ArgumentsCheck;
}

export interface ServerCall {
  /** As it is now, not as it was pinned. */
  readonly definition: ToolDefinition;
  readonly args: Readonly<Record<string, unknown>>;
}
