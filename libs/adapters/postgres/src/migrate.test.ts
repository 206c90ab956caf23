import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { type Database } from './database.js';
import { migrate, pendingMigrations } from './migrate.js';
import { openTestDatabase } from './testing/index.js';

describe('migrate', () => {
  let database: Database;
  let directory: string;
  beforeAll(async () => {
    database = await openTestDatabase();
  }, 240_000);
  afterAll(() => database.close());

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openloop-migrations-'));
    await database.pool.query('DROP TABLE IF EXISTS public.schema_migrations, public.colours');
    await add('0001_colours.sql', 'CREATE TABLE colours (name text);\nCREATE INDEX ON colours (name);\n');
    await add('0002_red.sql', `INSERT INTO colours VALUES ('red');`);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const add = (name: string, sql: string) => writeFile(join(directory, name), sql);
  const run = () => migrate(database.pool, { directory });
  const pending = () => pendingMigrations(database.pool, { directory });
  async function colours(): Promise<unknown> {
    const { rows } = await database.pool.query('SELECT name FROM colours ORDER BY name');
    return rows.map(({ name }) => name);
  }

  it('runs what is pending, in order, once', async () => {
    expect(await pending()).toEqual(['0001_colours', '0002_red']);
    expect(await run()).toEqual({ applied: ['0001_colours', '0002_red'], already: 0 });
    expect(await run()).toEqual({ applied: [], already: 2 });
    await add('0003_blue.sql', `INSERT INTO colours VALUES ('blue');`);
    expect(await pending()).toEqual(['0003_blue']);
    expect(await run()).toEqual({ applied: ['0003_blue'], already: 2 });
    expect(await colours()).toEqual(['blue', 'red']);
  });

  it('lets callers at the same time through one after the other', async () => {
    const results = await Promise.all([run(), run(), run()]);
    expect(results.map(({ applied }) => applied.length).toSorted()).toEqual([0, 0, 2]);
    expect(await colours()).toEqual(['red']);
  });

  it('changes nothing when one of several fails', async () => {
    await add('0003_typo.sql', 'CREATE TABEL colours2 ();');
    await expect(run()).rejects.toMatchObject({ code: 'migrations.failed' });
    expect(await pending()).toEqual(['0001_colours', '0002_red', '0003_typo']);
    await expect(colours()).rejects.toMatchObject({ code: '42P01' });
  });

  it('refuses a file that was changed after it ran, but not for its line ends', async () => {
    await run();
    await add('0001_colours.sql', 'CREATE TABLE colours (name text);\r\nCREATE INDEX ON colours (name);\r\n');
    expect(await run()).toEqual({ applied: [], already: 2 });
    await add('0001_colours.sql', 'CREATE TABLE colours (name text NOT NULL);');
    await expect(run()).rejects.toMatchObject({ code: 'migrations.changed' });
    await expect(pending()).rejects.toMatchObject({ code: 'migrations.changed' });
  });

  it('refuses a database that a newer build made', async () => {
    await run();
    await rm(join(directory, '0002_red.sql'));
    await expect(run()).rejects.toMatchObject({
      code: 'migrations.newer',
      hint: expect.stringContaining('Upgrade'),
    });
  });

  it('refuses a file that comes late, two of one number, and a name without a number', async () => {
    await rename(join(directory, '0001_colours.sql'), join(directory, '0004_colours.sql'));
    await add('0002_red.sql', 'SELECT 1;');
    await run();
    await add('0003_late.sql', 'SELECT 1;');
    await expect(run()).rejects.toMatchObject({ code: 'migrations.out_of_order' });
    await add('0004_twin.sql', 'SELECT 1;');
    await expect(run()).rejects.toMatchObject({ code: 'migrations.misnumbered' });
    await rm(join(directory, '0004_twin.sql'));
    await add('five.sql', 'SELECT 1;');
    await expect(run()).rejects.toMatchObject({ code: 'migrations.misnamed' });
  });
});

describe('the migrations of this package', () => {
  it('have all run in a test database', async () => {
    const database = await openTestDatabase();
    expect(await pendingMigrations(database.pool)).toEqual([]);
    expect((await migrate(database.pool)).already).toBeGreaterThan(0);
    await database.close();
  }, 240_000);
});
