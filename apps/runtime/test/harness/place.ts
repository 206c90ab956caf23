import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

/** Where one system keeps everything. Several starts on one place are restarts. */
export interface Place {
  folder: string;
  env: Record<string, string>;
  remove(): Promise<void>;
}

/** A fresh folder; with services, unless told otherwise, also a database on the server and a Redis database of its own. */
export async function freshPlace({ embedded = false } = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'openloop-story-'));
  const server = process.env['OPENLOOP_TEST_DATABASE_URL'];
  const redis = process.env['OPENLOOP_TEST_REDIS_URL'];
  const env: Record<string, string> = {
    OPENLOOP_DATA: join(folder, 'data'),
    AGENTS_DIR: join(folder, 'agents'),
  };
  if (embedded || !server || !redis) return { folder, env, remove: () => removeFolder(folder) };

  const name = `openloop_story_${randomBytes(8).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  env['DATABASE_URL'] = withPath(server, name);
  env['REDIS_URL'] = withPath(redis, String(nextRedis()));
  const remove = async () => {
    await onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await removeFolder(folder);
  };
  return { folder, env, remove };
}

const REDIS_DATABASES = 16;
let redisUsed = randomInt(REDIS_DATABASES);

/** Two test workers share a server: their jobs must not meet. */
function nextRedis(): number {
  redisUsed += 1;
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 1) % 2;
  return worker * (REDIS_DATABASES / 2) + (redisUsed % (REDIS_DATABASES / 2));
}

function withPath(url: string, path: string): string {
  const changed = new URL(url);
  changed.pathname = `/${path}`;
  return changed.href;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
