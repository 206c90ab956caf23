import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';

import { PglitePool } from './pglite-pool.js';

describe('PglitePool', () => {
  let pglite: PGlite;
  let pool: PglitePool;

  beforeAll(async () => {
    pglite = await PGlite.create('memory://');
    pool = new PglitePool(pglite, { turnTimeoutMs: 1_000 });
    await pool.query('CREATE TABLE notes (id int PRIMARY KEY, text text)');
  }, 240_000);
  afterAll(async () => {
    await pool.end();
    await pglite.close();
  });

  async function texts(): Promise<unknown[]> {
    const { rows } = await pool.query('SELECT text FROM notes ORDER BY id');
    return rows.map(({ text }) => text);
  }

  it('keeps everybody else out of a transaction until it commits', async () => {
    await pool.query('DELETE FROM notes');
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO notes VALUES ($1, $2)', [1, 'from the transaction']);
    const seen = texts();
    await client.query(`INSERT INTO notes VALUES (2, 'also')`);
    await client.query('COMMIT');
    await client.release();
    expect(await seen).toEqual(['from the transaction', 'also']);
  });

  it('runs transactions that were started together one after the other', async () => {
    await pool.query('DELETE FROM notes');
    await pool.query(`INSERT INTO notes VALUES (1, '0')`);
    const addOne = async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      const { rows } = await client.query('SELECT text FROM notes WHERE id = 1');
      await client.query('UPDATE notes SET text = $1 WHERE id = 1', [Number(rows[0].text) + 1]);
      await client.query('COMMIT');
      await client.release();
    };
    await Promise.all(Array.from({ length: 20 }, addOne));
    expect(await texts()).toEqual(['20']);
  });

  it('rolls back a transaction that is released without an end', async () => {
    await pool.query('DELETE FROM notes');
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO notes VALUES (1, 'abandoned')`);
    void client.release();
    expect(await texts()).toEqual([]);
  });

  it('answers the next query after one that failed, in and out of a transaction', async () => {
    await expect(pool.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    await expect(pool.query('SELECT $1::int', ['no number'])).rejects.toMatchObject({ code: '22P02' });
    const client = await pool.connect();
    await client.query('BEGIN');
    await expect(client.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('ROLLBACK');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.release();
    expect((await pool.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  });

  it('keeps the order of queries that were sent without waiting', async () => {
    await pool.query('DELETE FROM notes');
    const client = await pool.connect();
    await Promise.all([
      client.query('BEGIN'),
      client.query(`INSERT INTO notes VALUES (1, 'first')`),
      client.query(`UPDATE notes SET text = text || ', second'`),
      client.query('COMMIT'),
      client.release(),
    ]);
    expect(await texts()).toEqual(['first, second']);
  });

  it('refuses a query on a released client', async () => {
    const client = await pool.connect();
    await client.release();
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: 'database.client_released' });
  });

  it('tells a transaction that waits for itself, and goes on afterwards', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'database.busy' });
    await client.release();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('hands a notification to who listens, also when LISTEN comes after comments, while others work', async () => {
    const listener = await pool.connect();
    const deaf = await pool.connect();
    const overheard: unknown[] = [];
    deaf.on('notification', (note) => overheard.push(note));
    const heard = new Promise((resolve) => listener.once('notification', resolve));
    await listener.query('-- wakes the worker\n/* of this queue */ LISTEN wake_up;\n');
    await pool.query(`SELECT pg_notify('other', 'not for us'), pg_notify('wake_up', 'run')`);
    expect(await heard).toEqual({ channel: 'wake_up', payload: 'run' });
    expect(overheard).toEqual([]);
    await Promise.all([listener.release(), deaf.release()]);
  });

  it('does not deafen one listener when another stops', async () => {
    const stays = await pool.connect();
    const stops = await pool.connect();
    await stays.query('LISTEN "Wake ""Up"""');
    await stops.query('LISTEN "Wake ""Up"""');
    const unwanted: unknown[] = [];
    stops.on('notification', (note) => unwanted.push(note));
    await stops.query('UNLISTEN "Wake ""Up"""');
    const heard = new Promise((resolve) => stays.once('notification', resolve));
    await pool.query(`SELECT pg_notify('Wake "Up"', '')`);
    expect(await heard).toMatchObject({ channel: 'Wake "Up"' });
    expect(unwanted).toEqual([]);
    await Promise.all([stays.release(), stops.release()]);
  });

  it('ends after the running work and takes no more', async () => {
    const other = await PGlite.create('memory://');
    const ending = new PglitePool(other);
    const client = await ending.connect();
    await client.query('BEGIN');
    const ended = ending.end();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.query('COMMIT');
    await client.release();
    await ended;
    await expect(ending.query('SELECT 1')).rejects.toMatchObject({ code: 'database.closed' });
    await other.close();
  }, 240_000);
});
