import { AppError, type Permission } from '@openloop/kernel';
import { z } from 'zod';

import { definitionDiff } from './definition-diff.js';
import { forCard, inOneLine } from './show.js';
import { mcpToolDigest, type ToolPin } from './tool-pin.js';
import type { Listed, ServerIdentity, ServerRef, ToolDefinition, ToolServers } from './tool-servers.js';
import type { Description, Tool, ToolContext, WriteResult } from './tool.js';

/** A server of tools as an agent's file names it. */
export interface McpEntry extends ServerRef {
  readonly type: 'mcp';
  readonly name: string;
  readonly permissions: readonly string[];
  /** The permissions that only read, on the administrator's word. */
  readonly reads: readonly string[];
}

/** What a look at the server found: its list, or why there is none. */
export type Look = Listed | { unreachable: string };

export const CHANGED = 'its definition changed since it was applied';
const UNKNOWN_EFFECT = 'what this tool does is known to its server only';

interface Live {
  definition: ToolDefinition;
  server: ServerIdentity;
  isChanged: boolean;
}

/** The tool behind a pin, as it may be used now. Shown to models as it was pinned, whatever it is now. */
export function mcpTool(entry: McpEntry, pin: ToolPin, { look, servers }: McpWorld): Tool {
  const live = liveOf(pin, look);
  const { permission, definition } = pin;
  const facts = {
    permission,
    description: definition.description,
    schema: { ...definition.inputSchema },
    parameters: parametersOf(definition, servers),
    ...('unusable' in live
      ? { digest: null, ...live, describe: refuse(permission, live.unusable) }
      : {
          digest: mcpToolDigest(permission, live.server, live.definition),
          ...(live.isChanged && { mustHold: CHANGED }),
          describe: (args: unknown) => describe(entry, { pin, live, args }),
        }),
  };
  const call = async (args: unknown, context: ToolContext): Promise<WriteResult> => {
    if ('unusable' in live) return { kind: 'failed', reason: live.unusable };
    return servers.call(entry, { definition: live.definition, args: recordOf(args) }, context);
  };
  if (!entry.reads.includes(definition.name)) return { ...facts, effect: 'write', run: call };
  return {
    ...facts,
    effect: 'read',
    run: async (args, context) => {
      const result = await call(args, context);
      if (result.kind === 'done') return { summary: result.summary, data: result.data };
      throw new AppError('unavailable', 'tools.read_failed', result.reason);
    },
  };
}

export interface McpWorld {
  look: Look;
  servers: ToolServers;
}

interface Unusable {
  unusable: string;
  isAway: boolean;
}

function liveOf({ digest, permission, definition }: ToolPin, look: Look): Live | Unusable {
  if ('unreachable' in look)
    return { unusable: `${permission} cannot be used now: ${look.unreachable}`, isAway: true };
  const found = look.tools.find(({ name }) => name === definition.name);
  if (found) {
    const isChanged = mcpToolDigest(permission, look.identity, found) !== digest;
    return { definition: found, server: look.identity, isChanged };
  }
  const excluded = look.excluded.find(({ name }) => name === definition.name);
  const why = excluded ? `its definition is refused (${excluded.reason})` : 'its server no longer has it';
  return { unusable: `${permission} cannot be used now: ${why}`, isAway: false };
}

/** Checked against what the model was shown; compiled when the first call comes. */
function parametersOf({ inputSchema }: ToolDefinition, servers: ToolServers): z.ZodType {
  return z.unknown().superRefine((args, context) => {
    const problem = isRecord(args) ? servers.argumentsCheck(inputSchema)(args) : 'must be an object';
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

function describe(
  entry: McpEntry,
  { pin, live, args }: { pin: ToolPin; live: Live; args: unknown },
): Description {
  const { definition, server } = live;
  const isWrite = !entry.reads.includes(definition.name);
  return {
    summary: `Call ${definition.name} on ${entry.name}`,
    target: inOneLine(`${server.host} ${definition.name}`),
    fields: Object.entries(recordOf(args)).map(([label, value]) => {
      return { label: inOneLine(label), value: forCard(value) };
    }),
    ...(live.isChanged && { diff: definitionDiff(pin, live) }),
    risk: live.isChanged ? 'high' : isWrite ? 'medium' : 'low',
    ...(live.isChanged ? { riskReason: CHANGED } : isWrite && { riskReason: UNKNOWN_EFFECT }),
  };
}

function refuse(permission: Permission, reason: string): () => never {
  return () => {
    throw new AppError('unavailable', 'tools.unusable', reason, { details: { permission } });
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordOf(args: unknown): Record<string, unknown> {
  return isRecord(args) ? args : {};
}
