import { createServer, type AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '@openloop/adapter-postgres/testing';
import { newId, Secret } from '@openloop/kernel';

import { BullQueue } from './bull-queue.js';
import { queueContract } from './testing/index.js';

type TestDatabase = Awaited<ReturnType<typeof openTestDatabase>>;

queueContract('Postgres', async () => {
  const { pool, close } = await openTestDatabase();
  return { open: (onError) => BullQueue.onPostgres({ pool, onError }), close };
});

describe('BullQueue on Postgres', () => {
  let database: TestDatabase;
  let errors: Error[];
  const onError = (error: Error) => errors.push(error);
  beforeEach(async () => {
    database = await openTestDatabase();
    errors = [];
  }, 240_000);
  afterEach(() => database.close());

  const newJob = () => ({ name: 'run' as const, workspace: newId('wsp'), id: newId('run') });

  it('can be opened by several starters at once', async () => {
    const { pool } = database;
    const queues = await Promise.all([1, 2, 3].map(() => BullQueue.onPostgres({ pool, onError })));
    await Promise.all(queues.map((queue) => queue.ready()));
    await Promise.all(queues.map((queue) => queue.close()));
    expect(errors).toEqual([]);
  }, 240_000);

  it('counts what waits and keeps nothing of what is done', async () => {
    const queue = await BullQueue.onPostgres({ pool: database.pool, onError });
    expect(await queue.depth()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    await queue.send([newJob(), newJob()]);
    expect(await queue.depth()).toEqual({ waiting: 2, active: 0, delayed: 0, failed: 0 });
    await new Promise<void>((resolve) => {
      let done = 0;
      queue.work(async () => {
        done += 1;
        if (done === 2) resolve();
      }, 1);
    });
    await queue.close();
    expect((await database.pool.query('SELECT id FROM bullmq.job')).rows).toEqual([]);
  }, 240_000);

  it('writes the address of the row and nothing else', async () => {
    const queue = await BullQueue.onPostgres({ pool: database.pool, onError });
    const job = newJob();
    await queue.send([{ ...job, secret: 'never' } as typeof job]);
    const { rows } = await database.pool.query('SELECT name, data FROM bullmq.job');
    expect(rows).toEqual([{ name: 'run', data: { workspace: job.workspace, id: job.id } }]);
    await queue.close();
  }, 240_000);

  it('gives up waiting for work that does not end, says so, and puts its job back', async () => {
    const queue = await BullQueue.onPostgres({ pool: database.pool, onError, closeWithinMs: 50 });
    let end = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      queue.work(() => {
        resolve();
        return new Promise((finish) => (end = finish));
      }, 1);
    });
    await queue.send([newJob()]);
    await started;
    await queue.close();
    expect(errors).toMatchObject([{ code: 'queue.close_timeout' }]);
    expect((await database.pool.query('SELECT state FROM bullmq.job')).rows).toEqual([{ state: 'delayed' }]);
    end();
  }, 240_000);

  it('says that the queue is away when the database is', async () => {
    const other = await openTestDatabase();
    const queue = await BullQueue.onPostgres({ pool: other.pool, onError });
    await other.pool.end();
    await expect(queue.send([newJob()])).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'queue.unreachable',
    });
    await expect(queue.ready()).rejects.toMatchObject({ code: 'queue.unreachable' });
    await queue.close();
    await other.close();
  }, 240_000);

  it('refuses a pool that does not find its tables', async () => {
    await database.pool.query('CREATE TABLE public.job (name text)');
    await expect(BullQueue.onPostgres({ pool: database.pool, onError })).rejects.toMatchObject({
      code: 'queue.search_path',
    });
  }, 240_000);
});

describe('BullQueue on a Redis that is not there', () => {
  const password = 'hunter2-secret';
  const open = (url: string) =>
    BullQueue.onRedis({ url: new Secret(url), onError: () => undefined }).catch((error: unknown) => error);

  it('fails at once, without the password', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address with a port.
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await open(`redis://:${password}@127.0.0.1:${port}`);
    expect(error).toMatchObject({
      kind: 'unavailable',
      code: 'queue.unreachable',
      hint: expect.stringContaining('ECONNREFUSED'),
    });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(password);
  });

  it.each(['localhost', `https://:${password}@localhost`])(
    'refuses what is no address of one (%#)',
    async (url) => {
      const error = await open(url);
      expect(error).toMatchObject({ kind: 'invalid', code: 'queue.bad_url', cause: undefined });
      expect(JSON.stringify(error)).not.toContain(password);
    },
  );
});
