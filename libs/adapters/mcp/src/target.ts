import { envNames, mcpUrlRefusal, resolveEnv, stdioProgram } from '@openloop/agent-spec';
import { AppError } from '@openloop/kernel';
import type { ServerRef } from '@openloop/tools';

import { maskOf, type Mask } from './mask.js';

/** What the operator lets `stdio:NAME` run. */
export interface McpProgram {
  command: string;
  args: readonly string[];
  /** All it is given besides `PATH`. */
  env?: Readonly<Record<string, string>>;
}

export type Env = (name: string) => string | undefined;

/** A server that can be connected to: every reference resolved. Lives as long as its connection and is never shown. */
export type Target =
  | { kind: 'http'; host: string; url: URL; headers: Record<string, string>; mask: Mask }
  | { kind: 'program'; host: string; program: McpProgram; mask: Mask };

/** @throws AppError `invalid` / `mcp.bad_reference` with no value in it */
export function targetOf(
  ref: ServerRef,
  { env, programs }: { env: Env; programs: Readonly<Record<string, McpProgram>> },
): Target {
  const server = resolved(ref.server, 'server', env);
  const name = stdioProgram(server);
  if (name !== null) return programTarget(name, programs);
  const refusal = mcpUrlRefusal(server);
  if (refusal !== null) throw unusable(`The address of the MCP server is refused (${refusal})`);

  const url = new URL(server);
  const mask = maskOf(secretsOf(ref, env));
  return { kind: 'http', host: url.host, url, headers: headersOf(ref, env), mask };
}

function programTarget(name: string, programs: Readonly<Record<string, McpProgram>>): Target {
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (!program) throw unusable(`No program ${name} is declared`);
  const mask = maskOf(Object.values(program.env ?? {}));
  return { kind: 'program', host: `stdio:${name}`, program, mask };
}

function headersOf({ headers, credentials }: ServerRef, env: Env): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    sent[name.toLowerCase()] = headerValue(resolved(value, `header ${name}`, env), name);
  }
  if (credentials !== null) {
    if (envNames(credentials).length === 0) throw unusable('The credentials are not ${env:NAME}');
    sent['authorization'] =
      `Bearer ${headerValue(resolved(credentials, 'credentials', env), 'Authorization')}`;
  }
  return sent;
}

function headerValue(value: string, name: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw unusable(`The value of the header ${name} cannot be sent`);
}

function resolved(text: string, place: string, env: Env): string {
  const found = resolveEnv(text, env);
  if (found !== null) return found;
  const missing = envNames(text).filter((name) => env(name) === undefined);
  throw unusable(`${missing.join(', ')} is not set (${place})`);
}

function secretsOf({ server, credentials, headers }: ServerRef, env: Env): string[] {
  const texts = [server, credentials ?? '', ...Object.values(headers)];
  const values = texts.flatMap((text) => envNames(text).map((name) => env(name) ?? ''));
  // The host of a server is shown anyway, and a mask that removes it would hide too much.
  const url = resolveEnv(server, env);
  return values.filter((value) => value !== url);
}

function unusable(message: string): AppError {
  return new AppError('invalid', 'mcp.bad_reference', message);
}
