import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { agentYaml } from './harness/agent-yaml.js';
import { writeBrain } from './harness/brains.js';
import { Cable } from './harness/cable.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';
import { send } from './harness/person.js';
import { freshPlace, type Place } from './harness/place.js';
import { problemIn, verdictOf } from './harness/problems.js';
import { until } from './harness/until.js';

let outside: Outside;
let place: Place;
let loop: OpenLoop;
let postgres: Cable;
let redis: Cable;

/** A runtime whose Postgres and Redis are at the end of cables. */
beforeAll(async () => {
  outside = await Outside.start();
  outside.brain = writeBrain;
  place = await freshPlace();
  const toPostgres = await Cable.to(place.env['DATABASE_URL'] ?? '', 5432);
  const toRedis = await Cable.to(place.env['REDIS_URL'] ?? '', 6379);
  [postgres, redis] = [toPostgres.cable, toRedis.cable];
  loop = await startOpenLoop(outside, {
    place: { ...place, env: { ...place.env, DATABASE_URL: toPostgres.url, REDIS_URL: toRedis.url } },
  });
  await loop.operator.apply(agentYaml({ name: 'writer', model: 'openai/gpt-4o-mini' }));
});

afterAll(async () => {
  await loop.close();
  await Promise.all([postgres.cut(), redis.cut()]);
  await place.remove();
  await outside.close();
});

const ready = () => send(`${loop.url}/readyz`, 'GET');
const recovered = () => until('it to be ready again', async () => (await ready()).status === 200);

describe('A Postgres that goes away while everything runs', () => {
  it('is told as 503, decides nothing, and is used again when it is back', async () => {
    const { operator, priya } = loop;
    const { id: run } = await operator.start('writer', 'Approved around an outage');
    const held = await operator.held(run);

    await postgres.cut();
    const answer = await priya.send('POST', `/v1/approvals/${held.id}/approve`, { digest: held.digest });
    const problem = problemIn(answer);
    expect(problem).toMatchObject({ status: 503, code: 'database.unreachable' });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(problem.hint).toBeTruthy();
    expect(verdictOf(await operator.send('POST', '/v1/runs', { agent: 'writer', input: 'Lost?' }))).toBe(
      '503 database.unreachable',
    );
    const unready = await ready();
    expect(unready).toMatchObject({ status: 503, json: { status: 'unavailable' } });
    expect(unready.text).toContain('"name":"database","ok":false');
    expect((await send(`${loop.url}/livez`, 'GET')).status).toBe(200);
    expect(outside.github.ledger.posts(ISSUES)).toHaveLength(0);

    await postgres.mend();
    await recovered();
    expect(await operator.approval(held.id)).toMatchObject({ status: 'held', votes: [] });
    await priya.approve(held);
    expect(await operator.ended(run)).toMatchObject({ status: 'completed' });
    expect(outside.github.ledger.posts(ISSUES)).toHaveLength(1);
    expect(await operator.verify()).toMatchObject({ ok: true });
  }, 300_000);

  it('is listened to again, so that streams are live and not seconds late', async () => {
    const { pool } = loop.serving.system.database;
    const listening = await until('somebody to listen', async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
      );
      return rowCount === 0 ? null : rowCount;
    });
    expect(listening).toBe(1);
  });
});

describe('A Redis that goes away while everything runs', () => {
  it('keeps nobody from deciding, and loses nothing', async () => {
    const { operator, priya } = loop;
    const before = outside.github.ledger.posts(ISSUES).length;
    const waiting = await operator.start('writer', 'Held before Redis went');
    const held = await operator.held(waiting.id);

    await redis.cut();
    await priya.approve(held);
    expect(await operator.ended(waiting.id)).toMatchObject({ status: 'completed' });
    const { id } = await operator.start('writer', 'Asked without Redis');
    await priya.approve(await operator.held(id));
    expect(await operator.ended(id)).toMatchObject({ status: 'completed' });
    expect(await ready()).toMatchObject({ status: 503 });

    await redis.mend();
    await recovered();
    expect(outside.github.ledger.posts(ISSUES)).toHaveLength(before + 2);
    expect(await operator.verify()).toMatchObject({ ok: true });
  }, 300_000);
});
