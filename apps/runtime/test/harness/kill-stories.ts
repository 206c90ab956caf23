import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';
import { githubFaults } from '@openloop/simulators';

import { WRITE_USAGE, writeBrain } from './brains.js';
import { drained, inTime, KillBench, type Killed, type Restarted } from './killing.js';
import { ISSUES } from './outside.js';
import { build } from './program.js';
import { until } from './until.js';

const BUILD_MS = 120_000;
const STORY_MS = 300_000;

type Size = 'the embedded database' | 'Postgres and Redis';

let bench: KillBench;

/** The same stories for both sizes. `delaysMs` says how long after each approval the program is killed. */
export function killStories(size: Size, delaysMs: readonly number[]): void {
  describe(`The program on ${size}, killed with SIGKILL`, () => {
    beforeAll(() => build(), BUILD_MS);
    beforeAll(async () => {
      bench = await KillBench.open(size === 'the embedded database');
    });
    afterAll(() => bench.close());

    it(
      'right after it confirmed an approval sends that write once, or says that it cannot tell',
      async () => {
        const ends = await killedAfterApproval(delaysMs);
        expect(ends).toHaveLength(delaysMs.length);
        for (const end of ends) expect(HONEST).toContain(end);
        expect(ends).toContain(HONEST[0]);
      },
      STORY_MS,
    );
    it('while a model is thinking goes on, and books both calls', killedWhileThinking, STORY_MS);
    it('shows what such a call may have cost in the spend that people see', spendIsHonest, STORY_MS);
    it(
      'after GitHub created the issue but before its answer finds it by its marker',
      killedBeforeAnswer,
      STORY_MS,
    );
  });
}

/** One issue and a run that says so; or none, and then nobody says that there is one. */
const HONEST = [
  'run completed, approved, action done, 1 created, model told executed',
  'run completed, approved, action needs_human, 0 created, model told unknown',
];

async function killedAfterApproval(delaysMs: readonly number[]): Promise<string[]> {
  const killed: Killed[] = [];
  for (const [round, delay] of delaysMs.entries()) {
    killed.push(await bench.killAfterApproval(`Killed in round ${round} after ${delay} ms`, delay));
  }
  const ends: string[] = [];
  await bench.inThread(async (restarted) => {
    for (const each of killed) ends.push(await endOf(restarted, each));
  });
  return ends;
}

async function endOf(restarted: Restarted, { run, approval, title }: Killed): Promise<string> {
  const { status, answer } = await drained(restarted, run);
  const { action, decision } = await restarted.loop.operator.approval(approval);
  const created = bench.outside.github.ledger.created.filter((made) => made.title === title).length;
  const told = /status\W+(\w+)/.exec(answer ?? '')?.[1];
  return `run ${status}, ${decision?.verdict}, action ${action.state}, ${created} created, model told ${told}`;
}

async function killedWhileThinking(): Promise<void> {
  const { openai } = bench.outside;
  const asked = openai.ledger.requests.length;
  const { operator } = await bench.start();
  bench.outside.brain = () => ({ hang: true });
  const { id } = await operator.start('writer', 'Asked again');
  await until('the model to be asked', () => openai.ledger.requests.length > asked);
  await bench.kill();

  bench.outside.brain = writeBrain;
  await bench.inThread(async (restarted) => {
    const { pool } = restarted.loop.serving.system.database;
    await inTime('the run to wait', restarted, async () => {
      const run = await restarted.loop.operator.run(id);
      return run.status === 'waiting' ? run : null;
    });
    expect(openai.ledger.requests).toHaveLength(asked + 2);

    const due = `update budget_holds set expires_at = clock_timestamp() where state = 'held' and id like $1`;
    await pool.query(due, [`${id}:%`]);
    await restarted.loop.serving.system.system.chargeExpiredHolds();
    const { rows: holds } = await pool.query<{ state: string; booked: number }>(
      `select state, coalesce(actual_u, amount_u)::int as booked from budget_holds where id like $1 order by state`,
      [`${id}:%`],
    );
    expect(holds.map(({ state }) => state)).toEqual(['charged', 'settled']);
    expect(holds[0]?.booked).toBeGreaterThan(0);
    expect(holds[1]?.booked).toBe(Math.round(WRITE_USAGE.input * 0.15 + WRITE_USAGE.output * 0.6));
    const { rows: counted } = await pool.query<{ spent: number; reserved: number }>(
      `select spent_u::int as spent, reserved_u::int as reserved from budget_counters where scope = $1`,
      [`run:${id}`],
    );
    expect(counted).toEqual([{ spent: (holds[0]?.booked ?? 0) + (holds[1]?.booked ?? 0), reserved: 0 }]);
  });
}

/** What a person is shown is what the budget counts with. */
async function spendIsHonest(): Promise<void> {
  await bench.inThread(async ({ loop: { operator, serving } }) => {
    const { rows } = await serving.system.database.pool.query<{ spent: number }>(
      `select spent_u::int as spent from budget_counters where scope like 'agent:%'`,
    );
    const { budgets } = await operator.call(routes['usage.report'], { query: { agent: 'writer' } });
    expect(Number(budgets[0]?.spent_usd) * 1_000_000).toBeCloseTo(rows[0]?.spent ?? -1, 0);
  });
}

async function killedBeforeAnswer(): Promise<void> {
  const { github } = bench.outside;
  const title = 'Created, then silence';
  const made = () => github.ledger.created.filter((each) => each.title === title);
  const { operator, priya } = await bench.start();
  const { id } = await operator.start('writer', title);
  const held = await operator.held(id);
  github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThenSilence() });
  await priya.approve(held);
  await until('GitHub to create it', () => made().length > 0);
  await bench.kill();

  await bench.inThread(async (restarted) => {
    expect(await drained(restarted, id)).toMatchObject({ status: 'completed' });
    expect(await restarted.loop.operator.approval(held.id)).toMatchObject({ action: { state: 'done' } });
    const actions = (await restarted.loop.operator.audited(id)).filter(({ name }) =>
      name.startsWith('action.'),
    );
    expect(actions.map(({ name, facts }) => [name, facts['adopted'] ?? null])).toEqual([
      ['action.proposed', null],
      ['action.started', null],
      ['action.unknown', null],
      ['action.done', true],
    ]);
  });
  expect(made()).toHaveLength(1);
  expect(github.ledger.posts(ISSUES).filter(({ body }) => JSON.stringify(body).includes(title))).toHaveLength(
    1,
  );
}
