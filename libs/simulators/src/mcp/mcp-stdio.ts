// An MCP server as a program: JSON lines in, JSON lines out. What it is comes in the variable MCP_SIMULATOR.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import process from 'node:process';

import { isObject, parseJson, textOf } from '../loopback.js';
import { McpWorld, requestIn, type McpEra } from './mcp-world.js';

/** What `mcpStdioProgram` hands to the program. */
export interface McpStdioOptions {
  era?: McpEra;
  definitions?: readonly unknown[];
  /** Every message that comes in is added to this file, one per line. */
  ledger?: string;
  /** What happens instead of an answer to a call of this tool. */
  trouble?: Record<string, 'exit' | 'silence' | 'wrong_id' | 'huge'>;
  /** Ends at the first question of the newer protocol, as servers on older libraries do. */
  endsWhenProbed?: boolean;
}

const HUGE = 1_000_000;
const options = readOptions();
/** What the program tells of itself, for who wants to see what it was given. */
const OWN = {
  variables: () => Object.keys(process.env).toSorted().join(' '),
  process: () => String(process.pid),
};
const world = new McpWorld({
  era: options.era ?? 'both',
  tools: [
    ...(options.definitions ?? []).map((definition) => ({ definition })),
    ...Object.entries(OWN).map(([name, run]) => ({
      definition: { name, inputSchema: { type: 'object' } },
      run,
    })),
  ],
});

createInterface({ input: process.stdin }).on('line', (line) => {
  if (options.ledger) appendFileSync(options.ledger, `${line}\n`);
  const asked = requestIn(parseJson(line));
  if (!asked || asked.id === undefined) return;
  if (options.endsWhenProbed && asked.method === 'server/discover') process.exit(1);
  const answer = world.answer(asked.method, asked.params);
  const trouble = asked.method === 'tools/call' ? options.trouble?.[textOf(asked.params['name'])] : undefined;
  if (trouble === 'exit') process.exit(1);
  if (trouble === 'silence') return;
  const id = trouble === 'wrong_id' ? 'another' : asked.id;
  const padding = trouble === 'huge' ? { padding: 'x'.repeat(HUGE) } : {};
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer, ...padding })}\n`);
});

function readOptions(): McpStdioOptions {
  const read = parseJson(process.env['MCP_SIMULATOR'] ?? '{}');
  return isObject(read) ? read : {};
}
