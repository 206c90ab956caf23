import { AppError, digestOf, functionName, type Permission, type ToolCall } from '@openloop/kernel';
import type { CheckedCall, Grant } from '@openloop/policy';
import { z } from 'zod';

import type { Description, ReadResult, Reconciliation, Tool, ToolContext, WriteResult } from './tool.js';
import { untilAborted } from './until-aborted.js';
import { wordsFor } from './words-for.js';

/** A tool as a model sees it. */
export interface OfferedTool {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

/** `mustHold` is why a person must look at it, whatever its effect. */
export type Checked =
  | { kind: 'checked'; call: CheckedCall & { mustHold?: string } }
  | { kind: 'rejected'; permission: string; reason: string };

interface Entry {
  tool: Tool;
  offered: OfferedTool;
  digest: string | null;
}

/** Every tool there is, and the only way to run one. */
export class ToolCatalog {
  readonly #byPermission = new Map<Permission, Entry>();
  readonly #byFunction = new Map<string, Permission>();

  /** @throws AppError `invalid` / `tools.name_collision` when two permissions give models one function name. */
  constructor(tools: readonly Tool[]) {
    for (const tool of tools) {
      const name = functionName(tool.permission);
      const other = this.#byFunction.get(name);
      if (other) {
        throw new AppError(
          'invalid',
          'tools.name_collision',
          `${other} and ${tool.permission} are both ${name} to a model`,
        );
      }
      this.#byFunction.set(name, tool.permission);
      this.#byPermission.set(tool.permission, entryOf(tool, name));
    }
  }

  /** These tools and more. One that a model could not tell from a tool that is here is left out: it must not shadow it. */
  with(tools: readonly Tool[]): ToolCatalog {
    const extended = new ToolCatalog([]);
    for (const [name, permission] of this.#byFunction) extended.#byFunction.set(name, permission);
    for (const [permission, entry] of this.#byPermission) extended.#byPermission.set(permission, entry);
    for (const tool of tools) {
      const name = functionName(tool.permission);
      if (extended.#byFunction.has(name)) continue;
      extended.#byFunction.set(name, tool.permission);
      extended.#byPermission.set(tool.permission, entryOf(tool, name));
    }
    return extended;
  }

  permissions(): { permission: Permission; effect: 'read' | 'write' }[] {
    return [...this.#byPermission.values()].map(({ tool }) => ({
      permission: tool.permission,
      effect: tool.effect,
    }));
  }

  /** The tools behind these permissions, for a model; permissions nobody provides are left out. */
  offer(permissions: readonly Permission[]): OfferedTool[] {
    return permissions.flatMap((permission) => this.#byPermission.get(permission)?.offered ?? []);
  }

  /** From what a model asked to a call whose arguments fit its tool. Refusals are words for the model. */
  check({ name, arguments: args }: Pick<ToolCall, 'name' | 'arguments'>): Checked {
    const permission = this.#byFunction.get(name);
    if (!permission)
      return { kind: 'rejected', permission: name, reason: `unknown_tool: there is no tool ${name}` };
    return this.checkFor(permission, args);
  }

  checkFor(permission: Permission, args: unknown): Checked {
    const entry = this.#byPermission.get(permission);
    if (!entry) {
      return { kind: 'rejected', permission, reason: `no registered tool provides ${permission}` };
    }
    const { tool } = entry;
    if (tool.unusable !== undefined) return { kind: 'rejected', permission, reason: tool.unusable };
    const parsed = tool.parameters.safeParse(args);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`,
      );
      return {
        kind: 'rejected',
        permission,
        reason: `invalid arguments for ${permission}: ${problems.join('; ')}`,
      };
    }
    const { effect, mustHold } = tool;
    const call = { permission, effect, args: parsed.data, ...(mustHold !== undefined && { mustHold }) };
    return { kind: 'checked', call };
  }

  /** What a person is shown of a call. */
  describe({ permission, args }: Pick<CheckedCall, 'permission' | 'args'>): Description {
    return this.#entry(permission).tool.describe(args);
  }

  /** Changes when anything that a model or a person relied on in the tool's definition changes. */
  definitionDigest(permission: Permission): string | null {
    return this.#byPermission.get(permission)?.digest ?? null;
  }

  /** Why a tool that there is cannot be called now, or `null`. */
  unusable(permission: Permission): string | null {
    return this.#byPermission.get(permission)?.tool.unusable ?? null;
  }

  /** Whether it cannot be called only because its server cannot be asked now. */
  isAway(permission: Permission): boolean {
    return this.#byPermission.get(permission)?.tool.isAway ?? false;
  }

  /** Runs a read. It takes a grant, not a call, so nothing runs that policy has not passed. */
  async read({ call }: Grant, context: ToolContext): Promise<ReadResult> {
    const { tool } = this.#entry(call.permission);
    if (tool.effect !== 'read') throw new AppError('bug', 'tools.not_a_read', `${call.permission} writes`);
    return untilAborted(context.signal, tool.run(call.args, context));
  }

  /**
   * Carries out what was approved: a write is sent once, and what it throws is an unknown end, because the request
   * may have left. A read that a rule gated changes nothing, so its failure is just that.
   */
  async carryOut({ call }: Grant, context: ToolContext): Promise<WriteResult> {
    const { tool } = this.#entry(call.permission);
    try {
      if (tool.effect === 'write') return await untilAborted(context.signal, tool.run(call.args, context));
      const found = await untilAborted(context.signal, tool.run(call.args, context));
      return { kind: 'done', ...found, externalId: call.permission };
    } catch (error) {
      return { kind: tool.effect === 'write' ? 'unknown' : 'failed', reason: wordsFor(error) };
    }
  }

  /** Looks whether an earlier write with this effect key happened. Reads only. */
  async reconcile(
    { permission, args }: Pick<CheckedCall, 'permission' | 'args'>,
    context: ToolContext & { since: Date },
  ): Promise<Reconciliation> {
    const entry = this.#byPermission.get(permission);
    if (entry?.tool.effect !== 'write' || !entry.tool.reconcile) {
      return { kind: 'cannot_tell', reason: `${permission} offers no way to look`, isFinal: true };
    }
    try {
      return await untilAborted(context.signal, entry.tool.reconcile(args, context));
    } catch (error) {
      return { kind: 'cannot_tell', reason: wordsFor(error) };
    }
  }

  #entry(permission: Permission): Entry {
    const entry = this.#byPermission.get(permission);
    if (!entry) throw new AppError('not_found', 'tools.unknown', `No registered tool provides ${permission}`);
    return entry;
  }
}

function entryOf(tool: Tool, name: string): Entry {
  // zod types its JSON Schema more narrowly than a record; a model gets it as plain JSON.
  const parameters =
    tool.schema ??
    (z.toJSONSchema(tool.parameters, { io: 'input', target: 'draft-7' }) as Record<string, unknown>);
  const { permission, description, effect } = tool;
  return {
    tool,
    offered: { name, description, parameters },
    digest:
      tool.digest === undefined
        ? digestOf('openloop/tool/v1', { permission, description, effect, parameters })
        : tool.digest,
  };
}
