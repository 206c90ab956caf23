import { randomBytes } from 'node:crypto';

import { Secret } from '@openloop/kernel';
import pg from 'pg';

import { openDatabase, type Database } from '../database.js';
import { migrate, readMigrations } from '../migrate.js';
import { hashOf } from './migrations-hash.js';

/** The letters TEST, as a number. */
const LOCK_KEY = 0x54455354;

/**
 * A database of its own on this server, copied from a migrated template that is made once per state of the
 * migrations. `close` drops it.
 */
export async function cloneOnServer(server: Secret): Promise<Database> {
  const template = `openloop_template_${hashOf(await readMigrations())}`;
  const name = `openloop_test_${randomBytes(8).toString('hex')}`;
  await administer(server, async (admin) => {
    // Held until the session ends. Nobody may be connected to a template while it is copied.
    await admin.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    if (!(await exists(admin, template))) await makeTemplate(admin, { server, template });
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  const database = await openDatabase({ url: urlOf(server, name) });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeAndDrop(database, { server, name }));
  return { ...database, close };
}

interface Named {
  server: Secret;
  name: string;
}

async function makeTemplate(admin: pg.Client, { server, template }: { server: Secret; template: string }) {
  const draft = `${template}_draft`;
  await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${draft}`);
  const database = await openDatabase({ url: urlOf(server, draft) });
  try {
    await migrate(database.pool);
  } finally {
    await database.close();
  }
  // Renamed last, so that a template that exists is a finished one. A session may still be on its way out.
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [draft]);
  await admin.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
}

async function closeAndDrop(database: Database, { server, name }: Named): Promise<void> {
  await database.close();
  await administer(server, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

async function administer(server: Secret, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: server.reveal(), application_name: 'openloop-test' });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

async function exists(admin: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}

function urlOf(server: Secret, name: string): Secret {
  const url = new URL(server.reveal());
  url.pathname = `/${name}`;
  return new Secret(url.href);
}
