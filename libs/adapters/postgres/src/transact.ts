import { canonicalJson, type Outbox, type Transact, type WorkspaceId } from '@openloop/kernel';
import type { DeliveryStores } from '@openloop/deliveries';
import type { AuditEvent } from '@openloop/ledger';
import type { RunStores } from '@openloop/runs';
import type { AgentStores } from '@openloop/agents';
import type { HearingStores } from '@openloop/sessions';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';

import { PostgresActionStore, PostgresHeldActions } from './action-store.js';
import { PostgresAgentStore } from './agent-store.js';
import { PostgresApprovalStore } from './approval-store.js';
import { PostgresBindings } from './bindings.js';
import { PostgresBudgetBooks } from './budgets.js';
import { PostgresDeliveryStore } from './delivery-store.js';
import { LAST, pipelinedPool } from './pipelined-pool.js';
import { PostgresPeopleStore } from './people-store.js';
import { PostgresRunQueueing, PostgresRunStore } from './run-store.js';
import type { Schema } from './schema.js';
import { PostgresSessionStore } from './session-store.js';
import { storable } from './storable.js';
import { PostgresUsageBooks } from './usage-books.js';

/** Everything a transaction may write to. */
export type Stores = RunStores & AgentStores & HearingStores & DeliveryStores;

export function kyselyOn(pool: pg.Pool): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: pipelinedPool(pool) }) });
}

const MOST_ATTEMPTS = 4;
const PAUSE_MS = 10;
/** Serialization failure and deadlock: Postgres undid everything and says to try again. */
const TRY_AGAIN = new Set(['40001', '40P01']);

/**
 * Transactions of one workspace. Audit events and wake-ups are kept until the work is done and written by the last
 * statement, so that the chain's head is locked only for the commit. `afterCommit` is told of wake-ups, once they are safe.
 */
export function postgresTransact(db: Kysely<Schema>, afterCommit: () => void = () => {}): Transact<Stores> {
  return async (workspace, work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(db, workspace, work, afterCommit);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !TRY_AGAIN.has(codeOf(error))) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt * (1 + Math.random())));
      }
    }
  };
}

async function once<Result>(
  db: Kysely<Schema>,
  workspace: WorkspaceId,
  work: (stores: Stores) => Promise<Result>,
  afterCommit: () => void,
): Promise<Result> {
  const events: AuditEvent[] = [];
  const jobs: Parameters<Outbox['add']>[0][] = [];
  const result = await db.transaction().execute(async (trx) => {
    const done = await work({
      ...storesOn(trx, workspace),
      audit: { append: (event) => void events.push(event) },
      outbox: { add: (job) => void jobs.push(job) },
    });
    if (events.length + jobs.length > 0) {
      const [bodies, names, ids] = [
        events.map((event) => canonicalJson(storable(event))),
        jobs.map(({ name }) => name),
        jobs.map(({ id }) => id),
      ];
      await sql`${sql.raw(LAST)}select commit_facts(${workspace}, ${bodies}::text[], ${names}::text[], ${ids}::text[])`.execute(
        trx,
      );
    }
    return done;
  });
  if (jobs.length > 0) afterCommit();
  return result;
}

function storesOn(db: Kysely<Schema>, workspace: WorkspaceId): Omit<Stores, 'audit' | 'outbox'> {
  return {
    actions: new PostgresActionStore(db, workspace),
    held: new PostgresHeldActions(db, workspace),
    agents: new PostgresAgentStore(db, workspace),
    approvals: new PostgresApprovalStore(db, workspace),
    bindings: new PostgresBindings(db, workspace),
    budgetBooks: new PostgresBudgetBooks(db, workspace),
    deliveries: new PostgresDeliveryStore(db, workspace),
    people: new PostgresPeopleStore(db, workspace),
    queueing: new PostgresRunQueueing(db, workspace),
    runs: new PostgresRunStore(db, workspace),
    sessions: new PostgresSessionStore(db, workspace),
    usage: new PostgresUsageBooks(db, workspace),
  };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
