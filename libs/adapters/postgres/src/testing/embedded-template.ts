import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { AppError } from '@openloop/kernel';
import type pg from 'pg';

import { lockDataFolder, type DataLock } from '../data-lock.js';
import { migrate, readMigrations } from '../migrate.js';
import { PglitePool } from '../pglite-pool.js';
import { hashOf } from './migrations-hash.js';

const CACHE = fileURLToPath(new URL('../../../../../node_modules/.cache/openloop/', import.meta.url));
const WAIT_MS = 120_000;
const LOOK_MS = 100;
const KEEP_MS = 7 * 24 * 3_600_000;

/**
 * A dump of an embedded database with all migrations run, made once per state of the migrations and kept under
 * `node_modules/.cache`. Of several test workers that start at once, one makes it.
 */
export async function embeddedTemplate(directory = CACHE): Promise<Blob> {
  const hash = hashOf(await readMigrations(), [await pgliteVersion()]);
  const path = join(directory, `${hash}.tar.gz`);
  const ready = await readBlob(path);
  if (ready) return ready;
  const building = join(directory, `${hash}.building`);
  await mkdir(building, { recursive: true });
  return buildOrWait(path, building);
}

async function buildOrWait(path: string, building: string): Promise<Blob> {
  const giveUpAt = Date.now() + WAIT_MS;
  while (Date.now() < giveUpAt) {
    const lock = tryLock(building);
    try {
      const ready = await readBlob(path);
      if (ready) return ready;
      if (lock) return await build(path);
    } finally {
      lock?.release();
    }
    await pause(LOOK_MS);
  }
  throw new AppError(
    'unavailable',
    'testing.template_timeout',
    'Another worker did not finish the test template',
  );
}

function tryLock(directory: string): DataLock | undefined {
  try {
    return lockDataFolder(directory);
  } catch (error) {
    if (error instanceof AppError && error.code === 'database.locked') return undefined;
    throw error;
  }
}

async function build(path: string): Promise<Blob> {
  const pglite = await PGlite.create({ dataDir: 'memory://', extensions: { vector } });
  try {
    const pool = new PglitePool(pglite);
    // Everything that `migrate` uses of a pool is there.
    await migrate(pool as unknown as pg.Pool);
    await pool.end();
    const dump = await pglite.dumpDataDir('gzip');
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, new Uint8Array(await dump.arrayBuffer()));
    await rename(draft, path);
    await forgetOld(dirname(path));
    return dump;
  } finally {
    await pglite.close();
  }
}

async function readBlob(path: string): Promise<Blob | undefined> {
  try {
    return new Blob([await readFile(path)], { type: 'application/x-gzip' });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

async function forgetOld(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > KEEP_MS) await rm(path, { recursive: true, force: true });
  }
}

/** A dump is readable only by the version that made it. */
async function pgliteVersion(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return readFile(join(dirname(entry), '..', 'package.json'), 'utf8');
}
