import { describe, expect, it } from '@jest/globals';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';

import { LAST, pipelinedPool } from './pipelined-pool.js';

describe('a transaction on a pipelined connection', () => {
  it('sends BEGIN with its first statement, and its last one with COMMIT', async () => {
    const line = new Line({ pipeline: true });

    await line.transaction(async (trx) => {
      await sql`select 1`.execute(trx);
      await sql`select 2`.execute(trx);
      await sql`${sql.raw(LAST)}select 3`.execute(trx);
    });

    expect(line.trips).toEqual([['begin', 'select 1'], ['select 2'], [`${LAST}select 3`, 'commit']]);
  });

  it('fails as its last statement fails, although COMMIT was sent', async () => {
    const line = new Line({ pipeline: true, failing: /select 3/ });

    const done = line.transaction(async (trx) => {
      await sql`select 1`.execute(trx);
      await sql`${sql.raw(LAST)}select 3`.execute(trx);
    });

    await expect(done).rejects.toThrow('select 3 failed');
  });

  it('that fails before its end never sends what was to be the last', async () => {
    const line = new Line({ pipeline: true });

    const done = line.transaction(async (trx) => {
      await sql`select 1`.execute(trx);
      await sql`${sql.raw(LAST)}select 3`.execute(trx);
      throw new Error('Changed my mind');
    });

    await expect(done).rejects.toThrow('Changed my mind');
    expect(line.trips).toEqual([['begin', 'select 1'], ['rollback']]);
  });

  it('that asks for nothing begins and ends in one trip, and the next one begins anew', async () => {
    const line = new Line({ pipeline: true });

    await line.transaction(() => Promise.resolve());
    await line.transaction(async (trx) => void (await sql`select 1`.execute(trx)));

    expect(line.trips).toEqual([['begin', 'commit'], ['begin', 'select 1'], ['commit']]);
  });
});

describe('a transaction on another connection', () => {
  it('waits for each of its statements', async () => {
    const line = new Line({ pipeline: false });

    await line.transaction(async (trx) => {
      await sql`select 1`.execute(trx);
      await sql`${sql.raw(LAST)}select 3`.execute(trx);
    });

    expect(line.trips).toEqual([['begin'], ['select 1'], [`${LAST}select 3`], ['commit']]);
  });
});

/** A server that answers what has come together in one trip. */
class Line {
  readonly trips: string[][] = [];
  readonly #db: Kysely<unknown>;
  #open: string[] | null = null;

  constructor({ pipeline, failing = /^$/ }: { pipeline: boolean; failing?: RegExp }) {
    const query = async (text: string): Promise<object> => {
      await this.#travel(text);
      if (failing.test(text)) throw new Error(`${text.replace(LAST, '')} failed`);
      return { command: text.toUpperCase(), rowCount: 0, rows: [] };
    };
    const client = { pipeline, query, release: () => undefined };
    const pool = { options: {}, end: () => Promise.resolve(), connect: () => Promise.resolve(client) };
    // It has the members of a pool that are used, and no others.
    this.#db = new Kysely({
      dialect: new PostgresDialect({ pool: pipelinedPool(pool as unknown as pg.Pool) }),
    });
  }

  transaction(work: (trx: Kysely<unknown>) => Promise<void>): Promise<void> {
    return this.#db.transaction().execute(work);
  }

  async #travel(text: string): Promise<void> {
    if (this.#open) this.#open.push(text);
    else this.trips.push((this.#open = [text]));
    await new Promise((resolve) => setImmediate(resolve));
    this.#open = null;
  }
}
