// An MCP server as a program: JSON lines in, JSON lines out. What it is comes as JSON in its first argument.
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
  trouble?: Record<string, Trouble>;
  /** Ends at the first question of the newer protocol, as servers on older libraries do. */
  endsWhenProbed?: boolean;
}

type Trouble = 'exit' | 'silence' | 'wrong_id' | 'huge';

const HUGE = 1_000_000;
const options = readOptions();
const definition = { name: 'process', description: 'Tells its process id', inputSchema: { type: 'object' } };
const world = new McpWorld({
  era: options.era ?? 'both',
  tools: [
    ...(options.definitions ?? []).map((each) => ({ definition: each })),
    { definition, run: () => String(process.pid) },
  ],
});

createInterface({ input: process.stdin }).on('line', (line) => {
  if (options.ledger) appendFileSync(options.ledger, `${line}\n`);
  const asked = requestIn(parseJson(line));
  if (!asked || asked.id === undefined) return;
  if (options.endsWhenProbed && asked.method === 'server/discover') process.exit(1);
  const tool = asked.method === 'tools/call' ? textOf(asked.params['name']) : '';
  send(asked.id, world.answer(asked.method, asked.params), options.trouble?.[tool]);
});

function send(id: unknown, answer: object, trouble: Trouble | undefined): void {
  if (trouble === 'exit') process.exit(1);
  if (trouble === 'silence') return;
  const padding = trouble === 'huge' ? { padding: 'x'.repeat(HUGE) } : {};
  const said = { jsonrpc: '2.0', id: trouble === 'wrong_id' ? 'another' : id, ...answer, ...padding };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

function readOptions(): McpStdioOptions {
  const read = parseJson(process.argv[2] ?? '{}');
  return isObject(read) ? read : {};
}
