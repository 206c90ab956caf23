import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';

import { openDatabase, queryError, type Database } from './database.js';
import { openTestDatabase } from './testing/index.js';

describe('a database of either size', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase();
  }, 240_000);
  afterAll(() => database.close());

  async function valueOf(sql: string, values: unknown[] = []): Promise<unknown> {
    const { rows } = await database.pool.query(`SELECT ${sql} AS value`, values);
    return rows[0].value;
  }

  it('gives numbers, texts and dates the same way', async () => {
    expect(await valueOf('42::int8')).toBe(42);
    expect(await valueOf('ARRAY[1, NULL, 3]::int8[]')).toEqual([1, null, 3]);
    expect(await valueOf('count(*)')).toBe(1);
    expect(await valueOf('1.50::numeric')).toBe('1.50');
    expect(await valueOf(`'2026-03-04'::date`)).toBe('2026-03-04');
    expect(await valueOf(`'2026-03-04T05:06:07.089Z'::timestamptz`)).toEqual(
      new Date('2026-03-04T05:06:07.089Z'),
    );
    expect(await valueOf(`'{"a": [1, null]}'::jsonb`)).toEqual({ a: [1, null] });
    expect(await valueOf(`'\\x0102'::bytea`)).toEqual(Buffer.from([1, 2]));
    expect(await valueOf(`ARRAY['a', 'b']`)).toEqual(['a', 'b']);
    expect(await valueOf('true')).toBe(true);
    expect(await valueOf('NULL::int8')).toBeNull();
  });

  it('takes values the same way', async () => {
    const at = new Date('2026-03-04T05:06:07.089Z');
    expect(await valueOf('$1::timestamptz', [at])).toEqual(at);
    expect(await valueOf('$1::jsonb', [{ a: 1 }])).toEqual({ a: 1 });
    expect(await valueOf('$1::text[]', [['x', 'y']])).toEqual(['x', 'y']);
    expect(await valueOf('$1::bytea', [Buffer.from('hi')])).toEqual(Buffer.from('hi'));
    expect(await valueOf('$1::int8', [Number.MAX_SAFE_INTEGER])).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('refuses a bigint that would lose digits and answers the next query', async () => {
    await expect(valueOf('9007199254740993::int8')).rejects.toMatchObject({
      code: 'database.integer_too_large',
    });
    expect(await valueOf('1::int8')).toBe(1);
  });

  it('looks in public first, then among the queue, on every connection', async () => {
    const paths = await Promise.all(
      [1, 2, 3].map(() => valueOf(`replace(current_setting('search_path'), ' ', '')`)),
    );
    expect(new Set(paths)).toEqual(new Set(['public,bullmq']));
  });

  it('says what it is', async () => {
    expect(database.version).toMatch(/^\d+\.\d+/);
    expect(Number.parseInt(database.version, 10)).toBeGreaterThanOrEqual(15);
  });
});

describe('the embedded database', () => {
  it('keeps its rows in a private folder that one process at a time may open', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'openloop-database-'));
    const directory = join(parent, 'folder');
    const first = await openDatabase({ directory });
    expect(first).toMatchObject({ kind: 'embedded', vectorAvailable: true });
    await first.pool.query('CREATE TABLE kept AS SELECT 7 AS number');
    await expect(openDatabase({ directory })).rejects.toMatchObject({ code: 'database.locked' });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    await Promise.all([first.close(), first.close()]);
    expect(readdirSync(directory)).toEqual(['postgres']);

    const second = await openDatabase({ directory });
    expect((await second.pool.query('SELECT number FROM kept')).rows).toEqual([{ number: 7 }]);
    await second.close();
    rmSync(parent, { recursive: true });
  }, 240_000);

  it('says where it cannot be', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'openloop-database-'));
    const file = join(parent, 'file');
    writeFileSync(file, '');
    await expect(openDatabase({ directory: join(file, 'below') })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'database.unreadable',
    });
    expect(existsSync(join(parent, 'openloop.lock'))).toBe(false);
    rmSync(parent, { recursive: true });
  });
});

describe('a server that cannot be used', () => {
  const password = 'hunter2-secret';

  it('is told apart from a bug, without the password', async () => {
    const port = await closedPort();
    const opening = openDatabase({ url: new Secret(`postgresql://me:${password}@127.0.0.1:${port}/x`) });
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind: 'unavailable',
      code: 'database.unreachable',
      hint: expect.stringContaining('ECONNREFUSED'),
    });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(password);
  });

  it.each(['not a url', `mysql://me:${password}@127.0.0.1/x`, `postgresql://me:${password}@:notaport/x`])(
    'is refused when its address is not one (%#)',
    async (url) => {
      const error: unknown = await openDatabase({ url: new Secret(url) }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind: 'invalid', code: 'database.bad_url', cause: undefined });
      expect(JSON.stringify(error)).not.toContain(password);
    },
  );
});

describe('queryError', () => {
  it('turns a lost connection into database.unreachable and leaves the rest alone', () => {
    const lost = Object.assign(new Error('terminating connection'), { code: '57P01' });
    expect(queryError(lost)).toMatchObject({ code: 'database.unreachable', cause: lost });
    expect(queryError(new Error('Connection terminated unexpectedly'))).toMatchObject({
      code: 'database.unreachable',
    });
    const duplicate = Object.assign(new Error('duplicate key'), { code: '23505' });
    expect(queryError(duplicate)).toBe(duplicate);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 1;
}
