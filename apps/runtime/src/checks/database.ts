import { pendingMigrations } from '@openloop/adapter-postgres';
import { AppError } from '@openloop/kernel';
import { failed, warned, well, type Check } from '@openloop/surfaces';

import type { Config } from '../config.js';
import type { DatabaseGround, Grounds } from './grounds.js';
import { failedBy, listed } from './words.js';

type Opened = Extract<DatabaseGround, { state: 'open' }>;

/** Version, whether it takes writes, pgvector, migrations. */
export async function databaseChecks({ database, config, isServing }: Grounds): Promise<Check[]> {
  if (database.state === 'absent') {
    return [well('database', `embedded; it is made in ${config.dataFolder} at the first start`)];
  }
  if (database.state === 'closed') return [closedCheck(database.error, config)];
  return [
    await reachableCheck(database, config),
    vectorCheck(database),
    await migrationsCheck(database, isServing),
  ];
}

/** Held by a server that runs: nothing is wrong, only this is not the one to ask. */
function closedCheck(error: unknown, { http }: Config): Check {
  if (!(error instanceof AppError) || error.code !== 'database.locked') return failedBy('database', error);
  const host = ['0.0.0.0', '::'].includes(http.host) ? '127.0.0.1' : http.host;
  const fix = `Ask that server: OPENLOOP_TOKEN=olk_… openloop doctor --server http://${host}:${http.port}`;
  return warned('database', `${error.message}, so it was not looked into`, fix);
}

async function reachableCheck({ pool, kind, version }: Opened, { dataFolder }: Config): Promise<Check> {
  const startedAt = performance.now();
  const { rows } = await pool.query<{ isReadOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS "isReadOnly"`,
  );
  const ms = Math.round(performance.now() - startedAt);
  if (rows[0]?.isReadOnly) {
    return failed(
      'database',
      `Postgres ${version} takes no writes any more`,
      'Point DATABASE_URL at the primary, not at a standby, and without default_transaction_read_only',
    );
  }
  const place = kind === 'embedded' ? `embedded in ${dataFolder}` : 'a server';
  return well('database', `Postgres ${version}, ${place}, answers in ${ms} ms`);
}

function vectorCheck({ vectorAvailable }: Opened): Check {
  if (vectorAvailable) return well('pgvector', 'can be used');
  return warned(
    'pgvector',
    'this Postgres does not have it',
    'Install the package for your version (postgresql-17-pgvector) or use the image pgvector/pgvector:pg17; memory needs it',
  );
}

async function migrationsCheck({ pool }: Opened, isServing: boolean): Promise<Check> {
  try {
    const pending = await pendingMigrations(pool);
    if (pending.length === 0) return well('migrations', 'all have run');
    const words = `not run yet: ${listed(pending)}`;
    return isServing
      ? failed('migrations', words, 'Run `openloop server migrate` with this version, and start again')
      : warned('migrations', words, 'The next start runs them, or do it now: `openloop server migrate`');
  } catch (error) {
    return failedBy('migrations', error);
  }
}
