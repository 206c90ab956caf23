import {
  kyselyOn,
  PostgresAgentStore,
  PostgresAuditReader,
  PostgresBudgets,
  PostgresPeopleStore,
  PostgresSystem,
  postgresTransact,
  type Database,
  type Stores,
} from '../src/index.js';
import { openTestDatabase } from '../src/testing/index.js';
import { propose, type Action, type ActionOutcome } from '@openloop/actions';
import { agentDigest, authorityDigest, type Agent } from '@openloop/agent-spec';
import { anAgent, type AgentOverrides } from '@openloop/agent-spec/testing';
import type { Revision } from '@openloop/agents';
import { decide, type Answer, type DecideResult } from '@openloop/approvals';
import {
  newId,
  type ActionId,
  type ApprovalId,
  type Handle,
  type Permission,
  type Principal,
  type RunId,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import { FixedClock } from '@openloop/kernel/testing';
import { Models, type ModelPrice, type PriceTable } from '@openloop/models';
import { ScriptedModel } from '@openloop/models/testing';
import { judge, type ApprovalRule } from '@openloop/policy';
import type { RunParts } from '@openloop/runs';
import { receive } from '@openloop/sessions';
import type { ThreadRef } from '@openloop/surfaces';
import { Toolbox, ToolCatalog, type ToolServers } from '@openloop/tools';
import { sql, type RawBuilder } from 'kysely';

import { FakeTarget, type IssueArgs } from './fake-target.js';

type Db = ReturnType<typeof kyselyOn>;

/** A migrated database and what stands on it. Tests of one file share it, each in a workspace of its own. */
export interface Bench {
  database: Database;
  db: Db;
  system: PostgresSystem;
  transact: Transact<Stores>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const database = await openTestDatabase();
  const db = kyselyOn(database.pool);
  const system = new PostgresSystem(db);
  return { database, db, system, transact: postgresTransact(db), close: () => database.close() };
}

/** A workspace with people, an agent and tools in front of a fake target. */
export interface Team extends Bench {
  workspace: WorkspaceId;
  /** Asks for things; no approver. */
  ira: Principal;
  ana: Principal;
  ben: Principal;
  cleo: Principal;
  agent: Agent;
  revision: Revision;
  target: FakeTarget;
  catalog: ToolCatalog;
  audit: PostgresAuditReader;
}

const APPROVERS: readonly Handle[] = ['@ana', '@ben', '@cleo'];

export async function aTeam(bench: Bench, overrides: AgentOverrides = {}): Promise<Team> {
  const { db, system } = bench;
  const workspace = await system.ensureWorkspace(newId('wsp'));
  const people = new PostgresPeopleStore(db, workspace);
  const person = (handle: Handle) => people.ensure({ id: newId('usr'), handle, name: handle.slice(1) });
  const [ira, ana, ben, cleo] = [
    await person('@ira'),
    await person('@ana'),
    await person('@ben'),
    await person('@cleo'),
  ];
  const agent = anAgent({ ...overrides, approvals: { approvers: APPROVERS, ...overrides.approvals } });
  const revision = revisionOf(agent, { agentId: newId('agt'), revision: 1 });
  await new PostgresAgentStore(db, workspace).create(revision.agentId, agent.name, revision);
  const target = new FakeTarget();
  const catalog = new ToolCatalog(target.tools());
  const audit = new PostgresAuditReader(db, workspace);
  return { ...bench, workspace, ira, ana, ben, cleo, agent, revision, target, catalog, audit };
}

/** The next revision of the team's agent, in force from now on. */
export async function revise(
  { db, workspace, agent, revision }: Team,
  overrides: AgentOverrides,
): Promise<Revision> {
  const { approvals } = agent;
  const changed = anAgent({ ...overrides, approvals: { ...approvals, ...overrides.approvals } });
  const next = revisionOf(changed, { agentId: revision.agentId, revision: revision.revision + 1 });
  await new PostgresAgentStore(db, workspace).addRevision(next);
  return next;
}

function revisionOf(agent: Agent, { agentId, revision }: Pick<Revision, 'agentId' | 'revision'>): Revision {
  return {
    agentId,
    revision,
    digest: agentDigest(agent),
    authorityDigest: authorityDigest(agent),
    agent,
    pins: [],
    message: null,
    appliedBy: { kind: 'system' },
    createdAt: new Date(),
  };
}

/** A run that waits in the queue, as an event from a terminal made it. */
export async function aRun(
  team: Team,
  text = 'Please open an issue',
  thread: string = newId('ses'),
): Promise<RunId> {
  const { transact, workspace, revision, ira } = team;
  const event = {
    key: newId('use'),
    thread: { surface: 'terminal', channel: null, key: thread },
    authorId: ira.id,
    text,
    labels: {},
  };
  const { agentId, agent, revision: number } = revision;
  const addressee = {
    workspaceId: workspace,
    agentId,
    revision: number,
    limits: agent.limits,
  };
  const received = await receive(transact, addressee, event, ira);
  if (received.kind === 'refused') throw new Error(received.reason);
  const { runId } = received;
  return runId;
}

export interface Held {
  permission?: Permission;
  actionId: ActionId;
  approvalId: ApprovalId;
  digest: string;
}

interface HeldOptions {
  args?: IssueArgs;
  permission?: Permission;
  rule?: Partial<ApprovalRule>;
  thread?: ThreadRef;
  initiator?: Principal;
  runId?: RunId;
}

export const ISSUE: IssueArgs = { repo: 'acme/ingestion', title: 'Flaky test' };

/** A write that waits for a person; of a run's first step where a run is named. */
export async function held(team: Team, options: HeldOptions = {}): Promise<Held> {
  const { transact, workspace, catalog, revision, agent, ira } = team;
  const {
    args = ISSUE,
    permission = 'demo.issues:write',
    rule,
    initiator = ira,
    runId,
    thread = null,
  } = options;
  const call = { permission, effect: 'write' as const, args };
  const verdict = judge(call, agent);
  if (verdict.kind !== 'ask') throw new Error(`${permission} is not asked for`);
  const actionId = newId('act');
  const approvalId = await transact(workspace, (stores) =>
    propose(stores, {
      actionId,
      workspaceId: workspace,
      revision,
      origin: runId ? { runId, step: 1, callIndex: 0 } : null,
      call,
      description: catalog.describe(call),
      toolDigest: catalog.definitionDigest(permission) ?? '',
      rule: { ...verdict.rule, ...rule },
      initiatorId: initiator.id,
      statedReason: 'The build is red',
      thread,
    }),
  );
  const { digest } = await actionRow(team, actionId);
  return { actionId, approvalId, digest, permission };
}

/** One person's answer, as a card that shows this digest would give it. */
export function answer(
  { transact, workspace, catalog }: Pick<Team, 'transact' | 'workspace' | 'catalog'>,
  {
    approvalId,
    digest,
    permission = 'demo.issues:write',
  }: Pick<Held, 'approvalId' | 'digest'> & Partial<Held>,
  by: Principal,
  about: Partial<Answer> = {},
): Promise<DecideResult> {
  const given: Answer = { approvalId, verdict: 'approve', by, via: 'cli', digest, reason: null, ...about };
  return decide(transact, workspace, given, catalog.definitionDigest(permission));
}

/** A write that Ana said yes to. */
export async function approved(team: Team, options: HeldOptions = {}): Promise<Held> {
  const waiting = await held(team, options);
  const { kind } = await answer(team, waiting, team.ana);
  if (kind !== 'decided') throw new Error(`Not decided: ${kind}`);
  return waiting;
}

export interface ActionRow {
  state: Action['state'];
  digest: string;
  effect_key: string;
  attempt: number;
  looks: number;
  fence: string | null;
  not_before: Date | null;
  outcome: ActionOutcome | null;
}

export async function actionRow(bench: Bench, id: ActionId): Promise<ActionRow> {
  const rows = await rowsOf<ActionRow>(bench, sql`select * from actions where id = ${id}`);
  return one(rows);
}

/** Rows as the database gives them, for what no store shows. */
export async function rowsOf<Row>({ db }: Pick<Bench, 'db'>, query: RawBuilder<unknown>): Promise<Row[]> {
  const { rows } = await query.execute(db);
  return rows as Row[]; // the caller names what it selects
}

export function one<Row>(rows: readonly Row[]): Row {
  if (rows.length !== 1 || rows[0] === undefined) throw new Error(`${rows.length} rows where one is wanted`);
  return rows[0];
}

export interface AuditLine {
  name: string;
  actor: Record<string, unknown>;
  facts: Record<string, unknown>;
}

/** The workspace's audit trail, oldest first. */
export async function auditOf({ audit }: Pick<Team, 'audit'>): Promise<AuditLine[]> {
  const entries = await audit.list({}, { limit: 10_000, order: 'asc' });
  return entries.map(({ body }) => JSON.parse(body) as AuditLine); // what the log wrote
}

export async function namesOf(team: Pick<Team, 'audit'>): Promise<string[]> {
  return (await auditOf(team)).map(({ name }) => name);
}

/** The workspace's wake-ups that no relay has taken, as `name id`. */
export async function wakeUps({ db, workspace }: Pick<Team, 'db' | 'workspace'>): Promise<string[]> {
  const rows = await rowsOf<{ line: string }>(
    { db },
    sql`select job || ' ' || subject as line from outbox where workspace_id = ${workspace} order by id`,
  );
  return rows.map(({ line }) => line);
}

/** Moves what is stored into the past, so that no test waits for the database's clock. */
export async function change({ db }: Pick<Bench, 'db'>, statement: RawBuilder<unknown>): Promise<void> {
  await statement.execute(db);
}

const PRICE: ModelPrice = { input: 1_000_000, output: 10_000_000, cacheRead: 100_000, cacheWrite: 1_000_000 };
const PRICES: PriceTable = {
  asOf: '2026-11-20',
  models: { 'paid/model': PRICE, 'sim/demo': { ...PRICE, simulated: true } },
};

export interface Driver extends RunParts {
  model: ScriptedModel;
  clock: FixedClock;
  /** How long the loop wanted to wait, each time. */
  pauses: number[];
}

/** What a worker needs to carry a team's runs on, with a scripted model behind every name. */
export function driver(team: Team, model = new ScriptedModel()): Driver {
  const { transact, db, catalog } = team;
  const pauses: number[] = [];
  const sleep = async (ms: number) => void pauses.push(ms);
  return {
    transact,
    models: new Models({ sim: model, paid: model, unpriced: model }),
    prices: PRICES,
    toolbox: toolboxOf(catalog),
    budgets: new PostgresBudgets(db),
    clock: new FixedClock(),
    sleep,
    model,
    pauses,
  };
}

/** Numbers from a seed, the same every time: 0 ≤ x < 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NO_SERVERS: ToolServers = {
  definitions: () => Promise.reject(new Error('There are no servers here')),
  call: async () => ({ kind: 'failed', reason: 'There are no servers here' }),
  argumentsCheck: () => () => null,
};

export function toolboxOf(catalog: ToolCatalog): Toolbox {
  return new Toolbox(catalog, NO_SERVERS);
}
