import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';
import { githubFaults } from '@openloop/simulators';

import { WRITE_USAGE, writeBrain } from './brains.js';
import { drained, KillBench, type Killed } from './killing.js';
import type { OpenLoop } from './open-loop.js';
import { ISSUES } from './outside.js';
import { build } from './program.js';
import { until } from './until.js';

/** The same stories for both sizes; where the data lies is decided by the environment of the tests. */
export function killStories(size: string, delaysMs: readonly number[]): void {
  describe(`The program on ${size}, killed with SIGKILL`, () => {
    let bench: KillBench;
    beforeAll(() => build(), 120_000);
    beforeAll(async () => {
      bench = await KillBench.open();
    });
    afterAll(() => bench.close());

    it('right after it confirmed an approval: sends that write once, or says that it cannot tell', async () => {
      const { ledger } = bench.outside.github;
      const killed: Killed[] = [];
      for (const [round, delay] of delaysMs.entries()) {
        killed.push(await bench.killAfterApproval(`Killed in round ${round} after ${delay} ms`, delay));
      }
      const loop = await bench.inThread();
      try {
        for (const each of killed) await expectOneEnd(loop, each, ledger.created.filter(({ title }) => title === each.title).length);
        expect(await loop.operator.verify()).toMatchObject({ ok: true });
      } finally {
        await loop.close();
      }
      const sent = ledger.posts(ISSUES).map(({ body }) => JSON.stringify(body));
      expect(new Set(sent).size).toBe(sent.length);
      expect(sent.length).toBeGreaterThanOrEqual(1);
    }, 120_000);

    it('while a model is thinking: goes on, and books both calls', async () => {
      const { openai } = bench.outside;
      const asked = openai.ledger.requests.length;
      const { operator } = await bench.start();
      bench.outside.brain = () => ({ hang: true });
      const before = await spent(operator);
      const { id } = await operator.start('writer', 'Asked again');
      await until('the model to be asked', () => openai.ledger.requests.length > asked);
      await bench.kill();

      bench.outside.brain = writeBrain;
      const loop = await bench.inThread();
      try {
        const run = await until('the run to wait', async () => {
          const found = await loop.operator.run(id);
          if (found.status === 'waiting') return found;
          await loop.serving.system.database.pool.query(
            `update runs set lease_until = clock_timestamp() where id = $1 and state = 'running' and steps = 0 and lease_token is not null`,
            [id],
          );
          return null;
        });
        expect(openai.ledger.requests).toHaveLength(asked + 2);
        const holds = await loop.serving.system.database.pool.query<{ state: string; amount: number }>(
          `select state, max(amount_u)::int as amount from budget_holds where id like $1 group by id, state order by state`,
          [`${run.id}:%`],
        );
        expect(holds.rows.map(({ state }) => state)).toEqual(['held', 'settled']);
        await loop.serving.system.database.pool.query(
          `update budget_holds set expires_at = clock_timestamp() - interval '1 second' where state = 'held'`,
        );
        await loop.serving.system.system.chargeExpiredHolds();
        const now = await spent(loop.operator);
        const told = (WRITE_USAGE.input * 0.15 + WRITE_USAGE.output * 0.6) / 1_000_000;
        expect(now - before).toBeGreaterThan(told * 1.01);
        expect(await loop.operator.verify()).toMatchObject({ ok: true });
      } finally {
        await loop.close();
      }
    }, 60_000);

    it('after GitHub had created the issue but not answered: finds it by its marker and sends nothing again', async () => {
      const { github } = bench.outside;
      const title = 'Created, then silence';
      const { operator, priya } = await bench.start();
      const { id } = await operator.start('writer', title);
      const held = await operator.held(id);
      github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThenSilence() });
      await priya.approve(held);
      await until('GitHub to create it', () => github.ledger.created.some((made) => made.title === title));
      await bench.kill();

      const loop = await bench.inThread();
      try {
        const run = await drained(loop, id);
        expect(run).toMatchObject({ status: 'completed' });
        const approval = await loop.operator.approval(held.id);
        expect(approval.action.state).toBe('done');
        const names = (await loop.operator.audited(id)).filter(({ name }) => name.startsWith('action.'));
        expect(names.map(({ name, facts }) => [name, facts['adopted'] ?? null])).toEqual([
          ['action.proposed', null],
          ['action.started', null],
          ['action.unknown', null],
          ['action.done', true],
        ]);
        expect(await loop.operator.verify()).toMatchObject({ ok: true });
      } finally {
        await loop.close();
      }
      expect(github.ledger.created.filter((made) => made.title === title)).toHaveLength(1);
      expect(github.ledger.posts(ISSUES).filter(({ body }) => JSON.stringify(body).includes(title))).toHaveLength(1);
    }, 60_000);
  });
}

/** One issue and a completed run; or none, and then nobody says that there is one. */
async function expectOneEnd(loop: OpenLoop, { run, approval }: Killed, created: number): Promise<void> {
  const { status, answer } = await drained(loop, run);
  const { action, decision } = await loop.operator.approval(approval);
  expect({ status, verdict: decision?.verdict }).toEqual({ status: 'completed', verdict: 'approved' });
  expect({ created, state: action.state }).toEqual(
    created === 1 ? { created, state: 'done' } : { created: 0, state: 'needs_human' },
  );
  expect(answer).toContain(created === 1 ? '"status":"executed"' : '"status":"unknown"');
}

async function spent(operator: OpenLoop['operator']): Promise<number> {
  const { budgets } = await operator.call(routes['usage.report'], { query: { agent: 'writer' } });
  return Number(budgets[0]?.spent_usd);
}
