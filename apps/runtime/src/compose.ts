import { setTimeout as pause } from 'node:timers/promises';

import {
  kyselyOn,
  PostgresAgentStore,
  PostgresApprovalReader,
  PostgresAuditReader,
  PostgresBudgets,
  PostgresKeyRing,
  PostgresPeopleStore,
  PostgresRunReader,
  PostgresSessionStore,
  PostgresSystem,
  PostgresUsageReader,
  postgresTransact,
  type Database,
} from '@openloop/adapter-postgres';
import type { Agent, ToolVocabulary } from '@openloop/agent-spec';
import type { ApplyOptions } from '@openloop/agents';
import { systemClock, type ActionId, type Queue, type WorkspaceId } from '@openloop/kernel';
import { priceOf, type ModelName, type Models, type PriceTable } from '@openloop/models';
import type { RunParts } from '@openloop/runs';
import type { Surface } from '@openloop/surfaces';
import { Toolbox, ToolCatalog, type Tool, type ToolServers } from '@openloop/tools';

import { approversKnown as areKnown } from './deciding.js';
import { EventFeed } from './event-feed.js';
import { Workers } from './workers.js';

/** What the outside world must provide. `open-system.ts` passes the real ones, a story test points them at simulators. */
export interface Adapters {
  database: Database;
  queue: Queue & { ready(): Promise<void> };
  models: Models;
  prices: PriceTable;
  tools: readonly Tool[];
  /** Where the tools of agents' MCP servers come from. */
  toolServers: ToolServers;
  /** The programs that agents' files may name as servers of tools. */
  programs: readonly string[];
  /** Reads a variable for `${env:NAME}` in an agent's file. */
  agentEnv: (name: string) => string | undefined;
  log: Log;
}

export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** The whole system, wired. The only place that says which part gets which. */
export function compose(adapters: Adapters) {
  const { database, queue, models, prices, tools, toolServers, programs, agentEnv, log } = adapters;
  const db = kyselyOn(database.pool);
  const catalog = new ToolCatalog(tools);
  const toolbox = new Toolbox(catalog, toolServers);
  const system = new PostgresSystem(db);
  const transact = postgresTransact(db, () => workers.wake());
  const runParts: RunParts = {
    transact,
    models,
    prices,
    toolbox,
    budgets: new PostgresBudgets(db),
    clock: systemClock,
    sleep: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
  };
  const surfaces = new Map<string, Surface>();
  const reads = readsOn(db);
  const approversKnown = async (workspace: WorkspaceId, id: ActionId) => {
    const asked = await reads(workspace).approvals.ofAction(id);
    return asked === null || areKnown({ reads, surfaces }, workspace, asked);
  };
  const workers: Workers = new Workers({ system, queue, transact, runParts, surfaces, approversKnown, log });
  return {
    database,
    queue,
    models,
    prices,
    catalog,
    toolbox,
    toolServers,
    transact,
    system,
    workers,
    log,
    keyRing: new PostgresKeyRing(db),
    feed: new EventFeed(database.pool),
    parseOptions: {
      tools: vocabularyOf(catalog),
      programs,
      env: agentEnv,
      pricedModel: (name: string) => priceOf(name as ModelName, prices) !== null, // the spec's schema has checked the slash
      pin: (agent: Agent) => toolbox.pin(agent),
    } satisfies ApplyOptions,
    /** The connected chat products, by name. */
    surfaces,
    /** What can be read of one workspace. */
    reads,
  };
}

function readsOn(db: ReturnType<typeof kyselyOn>) {
  return (workspace: WorkspaceId) => ({
    agents: new PostgresAgentStore(db, workspace),
    approvals: new PostgresApprovalReader(db, workspace),
    audit: new PostgresAuditReader(db, workspace),
    people: new PostgresPeopleStore(db, workspace),
    runs: new PostgresRunReader(db, workspace),
    sessions: new PostgresSessionStore(db, workspace),
    usage: new PostgresUsageReader(db, workspace),
  });
}

export type System = ReturnType<typeof compose>;
export type Reads = ReturnType<System['reads']>;

function vocabularyOf(catalog: ToolCatalog): ToolVocabulary {
  const tools: Record<string, { permissions: { name: string; effect: 'read' | 'write' }[] }> = {};
  for (const { permission, effect } of catalog.permissions()) {
    const dot = permission.indexOf('.');
    const tool = (tools[permission.slice(0, dot)] ??= { permissions: [] });
    tool.permissions.push({ name: permission.slice(dot + 1), effect });
  }
  return tools;
}
