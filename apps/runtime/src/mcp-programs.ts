import { readFile } from 'node:fs/promises';

import type { McpProgram } from '@openloop/adapter-mcp';
import { AppError } from '@openloop/kernel';
import { z } from 'zod';

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const Programs = z.record(
  z.string().regex(NAME, 'a name is lower-case letters, digits, - and _'),
  z.strictObject({
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
);

/**
 * The programs that agents may name as `stdio:NAME`. Only whoever runs the server can declare one: an agent's file
 * comes from people who may change agents, not run programs here.
 * @throws AppError `invalid` / `config.mcp_servers`
 */
export async function mcpPrograms(file: string | null): Promise<Readonly<Record<string, McpProgram>>> {
  if (file === null) return {};
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid('The file of MCP_SERVERS cannot be read', cause);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid('The file of MCP_SERVERS is not JSON', cause);
  }
  const parsed = Programs.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw invalid(`The file of MCP_SERVERS is not valid: ${problems.join('; ')}`);
}

function invalid(message: string, cause?: unknown): AppError {
  const hint = 'Write {"NAME": {"command": "npx", "args": ["…"], "env": {}}}; docs/mcp.md has an example';
  return new AppError('invalid', 'config.mcp_servers', message, { cause, hint });
}
