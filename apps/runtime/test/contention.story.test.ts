import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { agentYaml } from './harness/agent-yaml.js';
import { writeBrain } from './harness/brains.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';
import { DECIDER, type Answered, type Person } from './harness/person.js';

/** The embedded database has one connection: there each round takes most of a second. */
const ROUNDS = process.env['OPENLOOP_TEST_DATABASE_URL'] ? 64 : 16;
const CALLERS = 64;
const AT_ONCE = 4;

let outside: Outside;
let loop: OpenLoop;
let max: Person;

beforeAll(async () => {
  outside = await Outside.start();
  outside.brain = writeBrain;
  loop = await startOpenLoop(outside);
  max = await loop.operator.admit('@max', DECIDER);
  await loop.operator.apply(
    agentYaml({
      name: 'writer',
      model: 'openai/gpt-4o-mini',
      approvers: ['@priya', '@max'],
      monthlyUsd: 500,
    }),
  );
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

describe(`${CALLERS} approvals of one action at the same moment`, () => {
  it(`make one transition and one issue, ${ROUNDS} times over`, async () => {
    const rounds = Array.from({ length: ROUNDS }, (_, round) => `Round ${round}`);
    while (rounds.length > 0) await Promise.all(rounds.splice(0, AT_ONCE).map(oneRound));

    const titles = outside.github.ledger.created.map(({ title }) => title);
    expect(titles).toHaveLength(ROUNDS);
    expect(new Set(titles).size).toBe(ROUNDS);
    expect(outside.github.ledger.posts(ISSUES)).toHaveLength(ROUNDS);
    expect(await loop.operator.verify()).toMatchObject({ ok: true });
    expect(await deadlocks()).toBe(0);
  }, 900_000);
});

async function oneRound(title: string): Promise<void> {
  const { operator, priya } = loop;
  const { id: run } = await operator.start('writer', title);
  const { id, digest } = await operator.held(run);

  const answers = await Promise.all(
    Array.from({ length: CALLERS }, (_, index) => {
      const person = index % 2 === 0 ? priya : max;
      if (index % 4 < 2) return person.send('POST', `/v1/approvals/${id}/approve`, { digest });
      return person.send('POST', `/approvals/${id}/resolve`, { approve: true });
    }),
  );

  const { decision, votes, action } = (await operator.ended(run)) && (await operator.approval(id));
  expect(votes).toHaveLength(1);
  expect(action.state).toBe('done');
  const byWinner = answers.filter((_, index) => (index % 2 === 0 ? '@priya' : '@max') === decision?.by);
  expect(byWinner.map(({ status }) => status)).toEqual(byWinner.map(() => 200));
  for (const answer of answers) expect(describeAnswer(answer)).toMatch(/^(200 |409 already_approved$)/);

  const names = (await operator.audited(run)).map(({ name }) => name);
  expect(names.filter((name) => name === 'approval.decided')).toHaveLength(1);
  expect(names.filter((name) => name === 'action.started')).toHaveLength(1);
  expect(outside.github.ledger.created.filter((made) => made.title === title)).toHaveLength(1);
}

/** One that is tried again is not seen from outside, but costs everybody a second. */
async function deadlocks(): Promise<number> {
  const { rows } = await loop.serving.system.database.pool.query<{ deadlocks: number }>(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  return rows[0]?.deadlocks ?? 0;
}

function describeAnswer({ status, json }: Answered): string {
  return `${status} ${String(json?.['code'] ?? '')}`;
}
