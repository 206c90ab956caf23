import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '@openloop/adapter-postgres/testing';
import { newId, Secret } from '@openloop/kernel';
import { Redis } from 'ioredis';

import { BullQueue } from './bull-queue.js';
import { queueContract } from './testing/index.js';

/** These suites need the real thing: without it they fail. */
function service(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must name a running service`);
  return value;
}

queueContract('a Postgres server', async () => {
  service('OPENLOOP_TEST_DATABASE_URL');
  const { pool, kind, close } = await openTestDatabase();
  if (kind !== 'server') throw new Error('The suites were not started with npm run test:services');
  return { open: (onError) => BullQueue.onPostgres({ pool, onError }), close };
});

queueContract('Redis', async () => {
  const url = new Secret(service('OPENLOOP_TEST_REDIS_URL'));
  const prefix = `test-${randomUUID()}`;
  return {
    open: (onError) => BullQueue.onRedis({ url, prefix, onError }),
    close: () => removeKeys(url, prefix),
  };
});

describe('BullQueue on Redis', () => {
  let proxy: Proxy | undefined;
  afterEach(() => proxy?.cut());

  const newJob = () => ({ name: 'run' as const, workspace: newId('wsp'), id: newId('run') });

  it('fails to send at once while Redis is away and sends again when it is back', async () => {
    proxy = await openProxy(service('OPENLOOP_TEST_REDIS_URL'));
    const prefix = `test-${randomUUID()}`;
    const url = new Secret(proxy.url);
    const queue = await BullQueue.onRedis({ url, prefix, onError: () => undefined });
    await queue.send([newJob()]);
    await proxy.cut();
    const start = performance.now();
    await expect(queue.send([newJob()])).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'queue.unreachable',
    });
    await expect(queue.ready()).rejects.toMatchObject({ code: 'queue.unreachable' });
    expect(performance.now() - start).toBeLessThan(2_000);

    await proxy.mend();
    const job = newJob();
    const arrived = new Promise<void>((resolve) => {
      queue.work(async ({ id }) => {
        if (id === job.id) resolve();
      }, 1);
    });
    await sendWhenBack(queue, job);
    await arrived;
    await queue.close();
    await removeKeys(url, prefix);
  }, 240_000);

  it('works again after its connection broke', async () => {
    proxy = await openProxy(service('OPENLOOP_TEST_REDIS_URL'));
    const prefix = `test-${randomUUID()}`;
    const url = new Secret(service('OPENLOOP_TEST_REDIS_URL'));
    const sender = await BullQueue.onRedis({ url, prefix, onError: () => undefined });
    const worker = await BullQueue.onRedis({ url: new Secret(proxy.url), prefix, onError: () => undefined });
    const got: string[] = [];
    let look = (): void => undefined;
    worker.work(async ({ id }) => {
      got.push(id);
      look();
    }, 1);
    const arrives = (id: string) =>
      new Promise<void>((resolve) => {
        look = () => got.includes(id) && resolve();
        look();
      });
    const [before, after] = [newJob(), newJob()];
    await sender.send([before]);
    await arrives(before.id);
    await proxy.cut();
    await sender.send([after]);
    await proxy.mend();
    await arrives(after.id);
    expect(got).toEqual(expect.arrayContaining([before.id, after.id]));
    await Promise.all([sender.close(), worker.close()]);
    await removeKeys(url, prefix);
  }, 240_000);

  it('closes soon when Redis is away and nothing runs', async () => {
    proxy = await openProxy(service('OPENLOOP_TEST_REDIS_URL'));
    const prefix = `test-${randomUUID()}`;
    let refused = (): void => undefined;
    const isAway = new Promise<void>((resolve) => (refused = resolve));
    const queue = await BullQueue.onRedis({ url: new Secret(proxy.url), prefix, onError: () => refused() });
    const job = newJob();
    const arrived = new Promise<void>((resolve) => {
      queue.work(async () => resolve(), 1);
    });
    await queue.send([job]);
    await arrived;
    await proxy.cut();
    await isAway;
    const start = performance.now();
    await queue.close();
    expect(performance.now() - start).toBeLessThan(10_000);
    await removeKeys(new Secret(service('OPENLOOP_TEST_REDIS_URL')), prefix);
  }, 240_000);

  it('refuses a Redis that evicts keys', async () => {
    proxy = await openProxy(service('OPENLOOP_TEST_REDIS_URL'), (reply) =>
      Buffer.from(reply.toString('latin1').replaceAll('policy:noeviction', 'policy:allkeysLFU'), 'latin1'),
    );
    await expect(
      BullQueue.onRedis({ url: new Secret(proxy.url), onError: () => undefined }),
    ).rejects.toMatchObject({ code: 'queue.eviction', kind: 'unavailable' });
  }, 240_000);
});

/** The producer reconnects on its own, within about two seconds. */
async function sendWhenBack(queue: BullQueue, job: Parameters<BullQueue['send']>[0][number]): Promise<void> {
  for (;;) {
    try {
      await queue.send([job]);
      return;
    } catch {
      await new Promise(setImmediate);
    }
  }
}

async function removeKeys(url: Secret, prefix: string): Promise<void> {
  const redis = new Redis(url.reveal());
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
}

interface Proxy {
  url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Stands between a client and Redis, so that the line can be cut and replies changed. */
async function openProxy(target: string, change = (reply: Buffer) => reply): Promise<Proxy> {
  const { hostname, port, username, password } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port || 6379), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].forEach((end) => end.destroy()));
    }
    near.on('data', (request) => far.write(request));
    far.on('data', (reply) => near.write(change(reply)));
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  // A server that listens on a port has an address with a port.
  const own = (server.address() as AddressInfo).port;
  return {
    url: `redis://${username}:${password}@127.0.0.1:${own}`,
    cut: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await closed;
    },
    mend: () => listen(own),
  };
}
