import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ApprovalView, RunView } from '@openloop/api-contract';
import {
  McpSimulator,
  mcpStdioProgram,
  type McpRequestEntry,
  type McpSimTool,
  type McpSimulatorOptions,
} from '@openloop/simulators';

import { obedientBrain, task, type AskedCall } from './mcp-brain.js';
import { passTime } from './killing.js';
import { startOpenLoop, type OpenLoop } from './open-loop.js';
import { Outside } from './outside.js';
import type { Place } from './place.js';
import { until } from './until.js';

export const BEARER = 'mcp-canary-bearer-0123456789abcdef';
export const TENANT = 'mcp-canary-tenant-0123456789abcdef';
const PROGRAM_KEY = 'mcp-canary-program-0123456789abcdef';
export const MCP_SECRETS = [BEARER, TENANT, PROGRAM_KEY] as const;

const text = { type: 'string' };

export const SEARCH = {
  name: 'search',
  title: 'Search tickets',
  description: 'Finds tickets by their words',
  inputSchema: { type: 'object', properties: { query: text }, required: ['query'] },
};
export const CREATE = {
  name: 'create_ticket',
  description: 'Makes a ticket',
  inputSchema: {
    type: 'object',
    properties: { title: text, labels: { type: 'array', items: text } },
    required: ['title'],
    additionalProperties: false,
  },
};
/** Offered by the server; no agent here is allowed to use it. */
export const DELETE_ALL = {
  name: 'delete_all',
  description: 'Deletes every ticket',
  inputSchema: { type: 'object' },
};

export const TICKETS: readonly McpSimTool[] = [
  { definition: SEARCH, run: ({ query }) => `3 tickets about ${String(query)}` },
  { definition: CREATE, run: ({ title }) => `made T-7 ${String(title)}` },
  { definition: DELETE_ALL },
];

/** An entry of `spec.tools`, as a file writes it. */
export type ToolWish = Readonly<Record<string, unknown>>;

/** Servers of tools beside GitHub and the models: some on the network, one a program of the operator's. */
export class McpBench {
  readonly #servers: McpSimulator[] = [];

  private constructor(
    readonly outside: Outside,
    private readonly folder: string,
  ) {}

  static async start(): Promise<McpBench> {
    const outside = await Outside.start();
    outside.brain = obedientBrain;
    const bench = new McpBench(outside, await mkdtemp(join(tmpdir(), 'openloop-mcp-')));
    const tail = { name: 'tail', description: 'The end of a log', inputSchema: { type: 'object' } };
    const program = (trouble: 'exit' | 'wrong_id') =>
      mcpStdioProgram({ definitions: [tail, { ...tail, name: 'rerun' }], trouble: { rerun: trouble } });
    const programs = {
      'ci-logs': { ...program('exit'), env: { CI_KEY: PROGRAM_KEY } },
      'ci-odd': program('wrong_id'),
    };
    await writeFile(bench.#programsFile, JSON.stringify(programs));
    return bench;
  }

  get env(): Record<string, string> {
    return {
      ...this.outside.env,
      MCP_SERVERS: this.#programsFile,
      TICKETS_TOKEN: BEARER,
      TICKETS_TENANT: TENANT,
      PATH: process.env['PATH'] ?? '',
    };
  }

  get #programsFile(): string {
    return join(this.folder, 'mcp-servers.json');
  }

  open(place?: Place): Promise<OpenLoop> {
    return startOpenLoop(this.outside, { env: this.env, ...(place && { place }) });
  }

  /** One more server of tickets. It lets in who has the token. */
  async serve(options: McpSimulatorOptions = {}): Promise<McpSimulator> {
    const server = await new McpSimulator({ bearer: BEARER, tools: TICKETS, ...options }).listen();
    this.#servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.outside.close();
    await rm(this.folder, { recursive: true });
  }
}

/** The server as an agent's file names it. `search` only reads. */
export function ticketsAt({ url }: McpSimulator, more: ToolWish = {}): ToolWish {
  return {
    name: 'tickets',
    type: 'mcp',
    server: url,
    credentials: '${env:TICKETS_TOKEN}',
    headers: { 'X-Tenant': '${env:TICKETS_TENANT}', 'X-Team': 'platform' },
    permissions: ['search', 'create_ticket'],
    reads: ['search'],
    ...more,
  };
}

export const CI_LOGS: ToolWish = {
  name: 'ci',
  type: 'mcp',
  server: 'stdio:ci-logs',
  permissions: ['tail', 'rerun'],
  reads: ['tail'],
};

export const GITHUB: ToolWish = { name: 'github', type: 'native', permissions: ['issues:read'] };

/** An agent with these tools. JSON is YAML. */
export function mcpAgent(name: string, tools: readonly ToolWish[], gated: readonly string[] = []): string {
  return `apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata: { name: ${name}, workspace: acme }
spec:
  surfaces: [{ type: terminal }]
  model_policy: { default: openai/gpt-4o-mini }
  tools:
${tools.map((tool) => `    - ${JSON.stringify(tool)}`).join('\n')}
  approvals: { require_for: ${JSON.stringify(gated)}, approvers: ['@priya'] }
  budget: { monthly_usd: 50, per_task_usd: 1 }
`;
}

export function callsAt({ requests }: McpSimulator): McpRequestEntry[] {
  return requests.filter(({ method }) => method === 'tools/call');
}

/** Has an agent make this call, and gives what waits for a person because of it. */
export async function heldCall(
  { operator }: OpenLoop,
  agent: string,
  ...calls: readonly AskedCall[]
): Promise<{ run: string; approval: ApprovalView }> {
  const { id } = await operator.start(agent, task(...calls));
  return { run: id, approval: await operator.held(id) };
}

/** The run's end, with time passed in the rows for as long as an action's end is looked for. */
export function settled(loop: OpenLoop, run: string): Promise<RunView> {
  return until(`run ${run} to end`, async () => {
    const found = await loop.operator.run(run);
    if (found.finished_at) return found;
    await passTime(loop, new Date(0));
    return null;
  });
}

/** Every row there is, as text: what no secret may be in. */
export async function everyRow({ serving }: OpenLoop): Promise<string> {
  const { pool } = serving.system.database;
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`);
    texts.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return texts.join('\n');
}
