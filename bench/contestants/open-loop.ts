import { openAiModel } from '@openloop/adapter-ai-sdk';
import { McpServers } from '@openloop/adapter-mcp';
import { BullQueue } from '@openloop/adapter-bullmq';
import { migrate, openDatabase, type DatabasePlace } from '@openloop/adapter-postgres';
import { apply, type RegisteredAgent } from '@openloop/agents';
import { newId, Secret, type Handle, type Principal, type WorkspaceId } from '@openloop/kernel';
import { ChainVerifier, type AuditReader } from '@openloop/ledger';
import { builtInPrices, Models } from '@openloop/models';
import type { Tool } from '@openloop/tools';

import type * as Composing from '../../apps/runtime/src/compose.js';
import { INSTRUCTIONS, MODEL_ID } from './work.js';

export type Place = { url: string } | { directory: string };

export interface OpenLoop {
  system: Composing.System;
  workspace: WorkspaceId;
  agent: RegisteredAgent;
  asker: Principal;
  decider: Principal;
  /** Resolves when the worker has done what it was woken up for. */
  worked(id: string): Promise<void>;
  /** Throws when anything was logged, when an audit link is missing or wrong, or when a count is not what it must be. */
  verify(counts: readonly Count[]): Promise<void>;
  close(): Promise<void>;
}

export interface Count {
  what: string;
  sql: string;
  expected: number;
}

const AGENT = `
apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata: { name: bench, workspace: default }
spec:
  instructions: ${INSTRUCTIONS}
  surfaces: [{ type: terminal }]
  model_policy: { default: openai/${MODEL_ID} }
  tools: [{ name: bench, type: native, permissions: ['issues:read', 'issues:write'] }]
  approvals: { require_for: ['bench.issues:write'], approvers: ['@decider'] }
  budget: { monthly_usd: 1000000, per_task_usd: 0.50 }
`;
const AUDIT_BATCH = 5_000;

/** The runtime as it serves, without its HTTP: every part that `openSystem` opens, wired by its own `compose`. */
export async function openLoop(place: Place, modelUrl: string, tools: readonly Tool[]): Promise<OpenLoop> {
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(`${message} ${reasonIn(fields)}`);
  const onError = (error: Error) => note({ err: error }, 'A connection broke');
  const database = await openDatabase(placeOf(place), { onError });
  await migrate(database.pool);
  const queue = await BullQueue.onPostgres({ pool: database.pool, onError });
  const { compose } = await composing();
  const apiKey = new Secret('sk-bench');
  const system = compose({
    database,
    queue,
    models: new Models({ openai: openAiModel({ apiKey, baseUrl: modelUrl }) }),
    prices: builtInPrices,
    tools,
    toolServers: new McpServers({ env: () => undefined, programs: {} }),
    programs: [],
    agentEnv: () => undefined,
    log: { error: note, warn: note, info: () => undefined },
  });
  await system.feed.start();
  const worked = endings(system.workers);
  const people = await prepare(system);
  system.workers.start();
  return {
    system,
    ...people,
    worked,
    verify: async (counts) => {
      if (logged.length > 0) throw new Error(`${logged.length} things were logged, first: ${logged[0]}`);
      for (const count of counts) await verifyCount(system, count);
      await verifyChain(system.reads(people.workspace).audit);
    },
    close: async () => {
      await system.workers.stop();
      await system.feed.stop();
      await database.close();
    },
  };
}

function placeOf(place: Place): DatabasePlace {
  return 'url' in place ? { url: new Secret(place.url) } : place;
}

/** An app is no package to import from, so its built file is. */
async function composing(): Promise<typeof Composing> {
  const built = new URL('../../../apps/runtime/dist/compose.js', import.meta.url);
  return (await import(built.href)) as typeof Composing; // built from that source
}

async function prepare(system: Composing.System) {
  const workspace = await system.system.ensureWorkspace('default');
  const people = await system.transact(workspace, async ({ people: store }) => {
    const ensure = (handle: Handle) => store.ensure({ id: newId('usr'), handle, name: handle.slice(1) });
    return { asker: await ensure('@asker'), decider: await ensure('@decider') };
  });
  const request = {
    files: [{ file: 'bench.yaml', text: AGENT }],
    isDryRun: false,
    message: null,
    expected: {},
    by: { kind: 'system' as const },
  };
  const { isApplied, problems } = await apply(system.transact, workspace, request, system.parseOptions);
  const agent = await system.reads(workspace).agents.findByName('bench');
  if (!isApplied || !agent) throw new Error(`The agent was not applied: ${JSON.stringify(problems)}`);
  return { workspace, agent, ...people };
}

/** Listens at the door of the work itself, so that waiting for its end costs no query. */
function endings(workers: Composing.System['workers']): (id: string) => Promise<void> {
  const ended = new Set<string>();
  const waiting = new Map<string, () => void>();
  const work = workers.do.bind(workers);
  workers.do = async (job) => {
    await work(job);
    const resolve = waiting.get(job.id);
    if (resolve) resolve();
    else ended.add(job.id);
    waiting.delete(job.id);
  };
  return (id) =>
    ended.delete(id) ? Promise.resolve() : new Promise((resolve) => void waiting.set(id, resolve));
}

async function verifyCount({ database }: Composing.System, { what, sql, expected }: Count): Promise<void> {
  const { rows } = await database.pool.query<{ count: number }>(`select count(*) as count from ${sql}`);
  const found = rows[0]?.count;
  if (found !== expected) throw new Error(`${what}: found ${found}, expected ${expected}`);
}

async function verifyChain(audit: AuditReader): Promise<void> {
  const chain = new ChainVerifier();
  for (let after = 0; ;) {
    const entries = await audit.list({ after }, { limit: AUDIT_BATCH, order: 'asc' });
    for (const entry of entries) chain.add(entry);
    after = entries.at(-1)?.seq ?? after;
    if (entries.length < AUDIT_BATCH) break;
  }
  const verdict = chain.verdict(await audit.head());
  if (!verdict.ok) throw new Error(`The audit chain is broken at ${verdict.brokenAt}: ${verdict.why}`);
}

function reasonIn(fields: object): string {
  const error = 'err' in fields ? fields.err : fields;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}
