import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { AppError, messageOf } from '@openloop/kernel';
import type pg from 'pg';

export interface MigrateResult {
  /** Names in the order they ran, such as `0003_actions`. */
  applied: string[];
  /** How many had run before. */
  already: number;
}

export interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

interface AppliedRow {
  version: number;
  name: string;
  checksum: string;
}

/** Seen from here it is the same folder for the sources and for what is built from them. */
const FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** The letters OPEN LOOP, as a number both sizes of advisory lock can hold. */
const LOCK_KEY = 0x4f504e4c;

const LEDGER = `
  CREATE TABLE IF NOT EXISTS public.schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

/**
 * Brings the tables up to this build: all pending files in one transaction, or none. Callers at the same time wait
 * for the first and find nothing left to do.
 * @throws `migrations.changed`, `migrations.newer`, `migrations.out_of_order`, `migrations.failed`
 */
export async function migrate(pool: pg.Pool, { directory = FOLDER } = {}): Promise<MigrateResult> {
  const migrations = await readMigrations(directory);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await migrateWith(client, migrations);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** The names that `migrate` would run now; none means ready. Throws what `migrate` would refuse. */
export async function pendingMigrations(pool: pg.Pool, { directory = FOLDER } = {}): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const { rows } = await pool.query(
    `SELECT to_regclass('public.schema_migrations') IS NOT NULL AS "hasLedger"`,
  );
  const applied = rows[0]?.hasLedger ? await appliedWith(pool) : [];
  return pendingOf(migrations, applied).map(({ name }) => name);
}

/** In order. The checksum does not change with the line ends of a checkout. */
export async function readMigrations(directory = FOLDER): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted();
  const migrations = await Promise.all(names.map((name) => readMigration(directory, name)));
  for (const [index, { name, version }] of migrations.entries()) {
    if (version === migrations[index - 1]?.version) {
      throw new AppError('bug', 'migrations.misnumbered', `Two migrations have the number of ${name}`);
    }
  }
  return migrations;
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const [, digits] = FILE_NAME.exec(file) ?? [];
  if (!digits) {
    throw new AppError('bug', 'migrations.misnamed', `A migration is not named like 0001_name.sql: ${file}`);
  }
  const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n');
  const checksum = createHash('sha256').update(sql).digest('hex');
  return { version: Number(digits), name: file.slice(0, -'.sql'.length), sql, checksum };
}

async function migrateWith(client: pg.ClientBase, migrations: readonly Migration[]): Promise<MigrateResult> {
  // Waiting for another starter and building an index may both take longer than an ordinary statement may.
  await client.query(`SET LOCAL statement_timeout = '10min'`);
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
  await client.query(LEDGER);
  const applied = await appliedWith(client);
  const pending = pendingOf(migrations, applied);
  for (const migration of pending) await apply(client, migration);
  return { applied: pending.map(({ name }) => name), already: applied.length };
}

async function appliedWith(database: pg.Pool | pg.ClientBase): Promise<AppliedRow[]> {
  const { rows } = await database.query<AppliedRow>(
    'SELECT version, name, checksum FROM public.schema_migrations ORDER BY version',
  );
  return rows;
}

async function apply(client: pg.ClientBase, { version, name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query(sql);
    await client.query('INSERT INTO public.schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
      version,
      name,
      checksum,
    ]);
  } catch (error) {
    throw new AppError('unavailable', 'migrations.failed', `Migration ${name} failed: ${messageOf(error)}`, {
      hint: 'Nothing was changed; correct the cause and start again',
      cause: error,
    });
  }
}

function pendingOf(migrations: readonly Migration[], applied: readonly AppliedRow[]): Migration[] {
  const newest = migrations.at(-1)?.version ?? 0;
  const last = applied.at(-1);
  if (last && last.version > newest) {
    throw new AppError(
      'conflict',
      'migrations.newer',
      `The database is newer than this build: ${last.name}`,
      {
        hint: 'Upgrade OpenLoop to the version that made it; older versions cannot use it',
      },
    );
  }
  for (const row of applied) refuseChanged(row, migrations);
  const done = new Set(applied.map(({ version }) => version));
  const pending = migrations.filter(({ version }) => !done.has(version));
  const late = pending.find(({ version }) => last && version < last.version);
  if (late) {
    throw new AppError(
      'bug',
      'migrations.out_of_order',
      `Migration ${late.name} comes before one that has run`,
      {
        hint: 'Give it the next free number',
      },
    );
  }
  return pending;
}

function refuseChanged(row: AppliedRow, migrations: readonly Migration[]): void {
  const file = migrations.find(({ version }) => version === row.version);
  if (file?.checksum === row.checksum) return;
  throw new AppError(
    'conflict',
    'migrations.changed',
    `Migration ${row.name} has run and was changed since`,
    {
      hint: 'Put the file back as it was and write the change as a new migration',
    },
  );
}
