import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';

import { openDatabase, queryError, type Database } from './database.js';
import { openTestDatabase } from './testing/index.js';

/** Without a server these tests fail. */
function server(): string {
  const url = process.env['OPENLOOP_TEST_DATABASE_URL'];
  if (!url) throw new Error('OPENLOOP_TEST_DATABASE_URL must name a running server');
  return url;
}

describe('a database on a server', () => {
  let database: Database;
  let name: string;
  beforeEach(async () => {
    server();
    database = await openTestDatabase();
    const { rows } = await database.pool.query('SELECT current_database() AS name');
    name = rows[0].name;
  }, 240_000);
  afterEach(() => database.close());

  function urlOf(path: string): Secret {
    const url = new URL(server());
    url.pathname = `/${path}`;
    return new Secret(url.href);
  }

  it('goes on after the server ended its connections, and reports those that were idle or kept', async () => {
    const reported: Error[] = [];
    const other = await openDatabase({ url: urlOf(name) }, { onError: (error) => reported.push(error) });
    const [kept, idle] = await Promise.all([other.pool.connect(), other.pool.connect()]);
    idle.release();
    const keptBroke = new Promise((resolve) => kept.once('error', resolve));
    const idleIsGone = new Promise((resolve) => other.pool.once('remove', resolve));
    await database.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [name],
    );
    await Promise.all([keptBroke, idleIsGone]);
    expect(reported.length).toBeGreaterThanOrEqual(2);
    const error = await kept.query('SELECT 1').catch(queryError);
    expect(error).toMatchObject({ kind: 'unavailable', code: 'database.unreachable' });
    kept.release(true);
    expect((await other.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.close();
  }, 240_000);

  it('limits how long a statement and an idle transaction may take', async () => {
    const { rows } = await database.pool.query(`
      SELECT current_setting('statement_timeout') AS statement,
             current_setting('idle_in_transaction_session_timeout') AS idle,
             current_setting('application_name') AS name`);
    expect(rows).toEqual([{ statement: '15s', idle: '30s', name: 'openloop' }]);
  }, 240_000);

  it('is refused when it takes no writes', async () => {
    await database.pool.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await expect(openDatabase({ url: urlOf(name) })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'database.read_only',
    });
  }, 240_000);

  it('is unreachable when there is none of that name', async () => {
    await expect(openDatabase({ url: urlOf('no_such_database') })).rejects.toMatchObject({
      code: 'database.unreachable',
      hint: expect.stringContaining('3D000'),
    });
  }, 240_000);

  it('may be closed by several, also after somebody ended its pool', async () => {
    const other = await openDatabase({ url: urlOf(name) });
    await other.pool.end();
    await Promise.all([other.close(), other.close()]);
    await expect(other.pool.query('SELECT 1')).rejects.toThrow('after calling end');
  }, 240_000);
});
