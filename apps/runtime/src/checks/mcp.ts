import type { Agent, McpTool } from '@openloop/agent-spec';
import { warned, well, type Check } from '@openloop/surfaces';
import type { Listed } from '@openloop/tools';

import type { Grounds } from './grounds.js';
import { failedBy, listed } from './words.js';

type Servers = NonNullable<Grounds['toolServers']>;

/** Whether the servers that agents name answer, and offer the tools that the agents were allowed. */
export async function mcpChecks({ agents, toolServers, isServing }: Grounds): Promise<Check[]> {
  const entries = (await agents()).flatMap(entriesOf);
  if (entries.length === 0) return [well('mcp', 'no agent names an MCP server')];
  return Promise.all(
    entries.map(async (entry) => {
      // A program is the server's to run: which ones there are, and as whom, only it knows.
      const isAsked = toolServers && (isServing || !entry.tool.server.startsWith('stdio:'));
      return isAsked ? serverCheck(entry, toolServers) : notAsked(entry);
    }),
  );
}

interface Entry {
  name: string;
  tool: McpTool;
}

function entriesOf({ name, tools }: Agent): Entry[] {
  return tools.flatMap((tool) => (tool.type === 'mcp' ? [{ name: `${name}: ${tool.name}`, tool }] : []));
}

function notAsked({ name, tool }: Entry): Check {
  const fix = 'Start the server and ask again: only it connects to this one';
  return warned(name, `${tool.server} was not asked`, fix);
}

async function serverCheck({ name, tool }: Entry, servers: Servers): Promise<Check> {
  try {
    return toolsCheck(name, tool, await servers.definitions(tool, { maxAgeMs: 0 }));
  } catch (error) {
    return failedBy(name, error);
  }
}

function toolsCheck(name: string, { permissions }: McpTool, { identity, tools, excluded }: Listed): Check {
  const offered = new Set(tools.map((tool) => tool.name));
  const missing = permissions.filter((permission) => !offered.has(permission));
  if (missing.length === 0) {
    return well(name, `${identity.host} answers, and has all ${permissions.length} that are allowed`);
  }
  const why = excluded
    .filter((each) => missing.includes(each.name))
    .map((each) => `${each.name}: ${each.reason}`);
  const words = `${identity.host} answers, without ${listed(missing)}${why.length > 0 ? ` (${why.join('; ')})` : ''}`;
  return warned(
    name,
    words,
    'Correct the permissions in the agent’s file: they are the server’s own names, exactly',
  );
}
