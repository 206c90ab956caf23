import { functionName, messageOf, AppError, type Permission } from '@openloop/kernel';

import { mcpTool, type Look, type McpEntry } from './mcp-tool.js';
import type { OfferedTool, ToolCatalog } from './tool-catalog.js';
import { pinOf, type ToolPin } from './tool-pin.js';
import type { Listed, ToolServers } from './tool-servers.js';

/** What the toolbox must know of an agent. */
export interface ToolOwner {
  readonly tools: readonly (McpEntry | { readonly type: 'native'; readonly name: string })[];
}

export interface PinnedOwner {
  agent: ToolOwner;
  pins: readonly ToolPin[];
}

/** A definition read this recently need not be read again before a call is held, a read runs or a decision is taken. */
export const DEFINITION_AGE_MS = 60_000;

/** What the toolbox must know of a revision, whose pins were made here and kept by somebody who does not read them. */
export function pinnedOwner({ agent, pins }: { agent: ToolOwner; pins: readonly object[] }): PinnedOwner {
  return { agent, pins: pins as readonly ToolPin[] }; // made by `pin`, and kept as they were
}

/** Why a tool that an agent's file names cannot be pinned. */
export interface PinProblem {
  code: 'mcp_unreachable' | 'mcp_tool_missing' | 'mcp_tool_excluded' | 'tool_name_collision';
  /** The file's name for the server. */
  tool: string;
  /** The server's name for the tool; `null` when it concerns the whole server. */
  permission: string | null;
  message: string;
  hint?: string;
}

const NOT_ASKED = 'nobody asked its server';
const MOST_NAMED = 10;

/** Every tool there is for one agent: the built-in ones, and those of its servers as they were pinned. */
export class Toolbox {
  constructor(
    readonly native: ToolCatalog,
    private readonly servers: ToolServers,
  ) {}

  /** Asks every server what its tools are now. A server that is down leaves out its own tools only. */
  async pin(agent: ToolOwner): Promise<{ pins: ToolPin[]; problems: PinProblem[] }> {
    const found = await Promise.all(
      entriesOf(agent).map(async (entry) => this.#pinEntry(entry, await this.#look(entry, 0))),
    );
    return {
      pins: found.flatMap(({ pins }) => pins),
      problems: found.flatMap(({ problems }) => problems),
    };
  }

  /** What a model is shown of the agent's tools. Asks no server. */
  offer(owner: PinnedOwner, permissions: readonly Permission[]): OfferedTool[] {
    return this.#catalog(owner, new Map()).offer(permissions);
  }

  /**
   * The agent's tools as they are now. `functions` names those that are about to be used, as models call them:
   * only their servers are asked.
   */
  async of(
    owner: PinnedOwner,
    { maxAgeMs, functions }: { maxAgeMs: number; functions?: readonly string[] },
  ): Promise<ToolCatalog> {
    const asked = entriesOf(owner.agent).filter((entry) => !functions || isNamed(entry, functions));
    const looks = await Promise.all(
      asked.map(async (entry): Promise<[string, Look]> => [entry.name, await this.#look(entry, maxAgeMs)]),
    );
    return this.#catalog(owner, new Map(looks));
  }

  #catalog({ agent, pins }: PinnedOwner, looks: ReadonlyMap<string, Look>): ToolCatalog {
    const entries = entriesOf(agent);
    if (entries.length === 0) return this.native;
    const tools = entries.flatMap((entry) => {
      const world = { look: looks.get(entry.name) ?? { unreachable: NOT_ASKED }, servers: this.servers };
      return pinsOf(entry, pins).map((pin) => mcpTool(entry, pin, world));
    });
    return this.native.with(tools);
  }

  async #look(entry: McpEntry, maxAgeMs: number): Promise<Look> {
    try {
      return await this.servers.definitions(entry, { maxAgeMs });
    } catch (error) {
      // A stray error may hold a secret.
      return { unreachable: error instanceof AppError ? messageOf(error) : 'its server cannot be reached' };
    }
  }

  #pinEntry(entry: McpEntry, look: Look): { pins: ToolPin[]; problems: PinProblem[] } {
    const tool = entry.name;
    if ('unreachable' in look) {
      const message = `the tools of "${tool}" cannot be looked at: ${look.unreachable}`;
      return { pins: [], problems: [{ code: 'mcp_unreachable', tool, permission: null, message }] };
    }
    const pins: ToolPin[] = [];
    const problems: PinProblem[] = [];
    for (const name of entry.permissions) {
      const problem = this.#collision(entry, name) ?? missing(entry, name, look);
      const definition = look.tools.find((each) => each.name === name);
      if (problem) problems.push(problem);
      else if (definition) pins.push(pinOf(`${tool}.${name}`, look.identity, definition));
    }
    return { pins, problems };
  }

  /** With a built-in tool; the file's own tools are compared with one another when it is parsed. */
  #collision({ name: tool }: McpEntry, permission: string): PinProblem | null {
    const called = functionName(`${tool}.${permission}`);
    const other = this.native.permissions().find((each) => functionName(each.permission) === called);
    if (!other) return null;
    const message = `"${tool}.${permission}" and the built-in ${other.permission} make the same function name, ${called}`;
    return {
      code: 'tool_name_collision',
      tool,
      permission,
      message,
      hint: 'give the MCP server another name in the file',
    };
  }
}

function missing({ name: tool }: McpEntry, name: string, { tools, excluded }: Listed): PinProblem | null {
  if (tools.some((each) => each.name === name)) return null;
  const refused = excluded.find((each) => each.name === name);
  if (refused) {
    const message = `the tool "${name}" of "${tool}" is refused: ${refused.reason}`;
    return { code: 'mcp_tool_excluded', tool, permission: name, message };
  }
  const names = tools.slice(0, MOST_NAMED).map((each) => each.name);
  const rest = tools.length > MOST_NAMED ? `, and ${tools.length - MOST_NAMED} more` : '';
  const hint = `it has ${names.join(', ') || 'no tool that can be used'}${rest}`;
  return {
    code: 'mcp_tool_missing',
    tool,
    permission: name,
    message: `"${tool}" has no tool called "${name}"`,
    hint,
  };
}

function entriesOf({ tools }: ToolOwner): McpEntry[] {
  return tools.filter((tool) => tool.type === 'mcp');
}

function pinsOf({ name, permissions }: McpEntry, pins: readonly ToolPin[]): ToolPin[] {
  return pins.filter(({ permission }) => permissions.some((each) => permission === `${name}.${each}`));
}

function isNamed({ name, permissions }: McpEntry, functions: readonly string[]): boolean {
  return permissions.some((permission) => functions.includes(functionName(`${name}.${permission}`)));
}
