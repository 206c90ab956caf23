import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@openloop/kernel';

import { clockChecks, skewCheck } from './clock.js';
import { databaseChecks } from './database.js';
import type { DatabaseGround } from './grounds.js';
import { queueChecks } from './queue.js';
import { checkOf, groundsOf, never } from '../../test/checks/grounds.js';
import { Web } from '../../test/checks/web.js';

const web = new Web();
afterEach(() => web.close());

describe('the database checks', () => {
  it('say that an embedded one is still to be made', async () => {
    expect(await databaseChecks(groundsOf())).toMatchObject([
      { status: 'ok', words: expect.stringContaining('first start') },
    ]);
  });

  it('send to the server that holds the folder', async () => {
    const error = new AppError('conflict', 'database.locked', 'Another OpenLoop (pid 7) uses this folder');
    const checks = await databaseChecks(
      groundsOf({ PORT: '4711' }, { database: { state: 'closed', error } }),
    );

    expect(checks).toMatchObject([
      { status: 'warning', fix: expect.stringContaining('--server http://127.0.0.1:4711') },
    ]);
  });

  it('repeat what refused to open, with its hint', async () => {
    const error = new AppError('unavailable', 'database.read_only', 'This Postgres takes no writes', {
      hint: 'Use the primary',
    });

    expect(await databaseChecks(groundsOf({}, { database: { state: 'closed', error } }))).toEqual([
      { name: 'database', status: 'error', words: 'This Postgres takes no writes', fix: 'Use the primary' },
    ]);
  });

  it('never repeat a driver’s words, which can hold the password', async () => {
    const error = new Error('could not connect to postgresql://u:hunter2@db/x');

    expect(
      JSON.stringify(await databaseChecks(groundsOf({}, { database: { state: 'closed', error } }))),
    ).not.toContain('hunter2');
  });

  it('notice a primary that became a standby, and a Postgres without pgvector', async () => {
    const database = { ...serverGround({ isReadOnly: true }), vectorAvailable: false };
    const checks = await databaseChecks(groundsOf({}, { database }));

    expect(checks[0]).toMatchObject({ status: 'error', words: expect.stringContaining('no writes') });
    expect(checkOf(checks, 'pgvector')).toMatchObject({ status: 'warning' });
  });
});

describe('the queue checks', () => {
  it('say that Redis is away', async () => {
    expect(await queueChecks(groundsOf({ REDIS_URL: 'redis://127.0.0.1:9' }))).toMatchObject([
      { name: 'queue', status: 'error', fix: expect.stringContaining('REDIS_URL') },
    ]);
  });

  it('ask the running server’s own queue', async () => {
    const away = new AppError('unavailable', 'queue.unreachable', 'The queue cannot be reached');
    const grounds = groundsOf({}, { queueReady: () => Promise.reject(away) });

    expect(await queueChecks(grounds)).toMatchObject([
      { status: 'error', words: 'The queue cannot be reached' },
    ]);
    expect(await queueChecks({ ...grounds, queueReady: async () => undefined })).toMatchObject([
      { status: 'ok' },
    ]);
  });
});

describe('the clock checks', () => {
  it.each([
    [400, 'ok'],
    [-30_000, 'warning'],
    [200_000, 'error'],
  ])('call %i ms of difference %s', (ms, status) => {
    expect(skewCheck('x', ms, 'x').status).toBe(status);
  });

  it('compare with what is connected, without signing in', async () => {
    const seen: (string | undefined)[] = [];
    const date = new Date(Date.now() - 10 * 60_000).toUTCString();
    const url = await web.serve(({ headers }) => {
      seen.push(headers.authorization);
      return { headers: { date } };
    });
    const checks = await clockChecks(groundsOf({ GITHUB_TOKEN: 'ghp_1', GITHUB_API_URL: url }), never);

    expect(checkOf(checks, 'GitHub clock')).toMatchObject({
      status: 'error',
      words: expect.stringContaining('ahead of'),
    });
    expect(seen).toEqual([undefined]);
  });

  it('compare with the database, whose clock decides', async () => {
    const ms = String(Date.now() + 60_000);
    const checks = await clockChecks(groundsOf({}, { database: serverGround({ ms }) }), never);

    expect(checks).toMatchObject([
      { name: 'database clock', status: 'warning', words: expect.stringContaining('behind') },
    ]);
  });
});

/** A server whose every query gives this one row. */
function serverGround(row: object): Extract<DatabaseGround, { state: 'open' }> {
  const pool = { query: () => Promise.resolve({ rows: [row] }) };
  const asPool = pool as unknown as Extract<DatabaseGround, { state: 'open' }>['pool']; // only query is used
  return { state: 'open', kind: 'server', version: '17.2', vectorAvailable: true, pool: asPool };
}
