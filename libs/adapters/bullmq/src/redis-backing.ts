import { AppError, messageOf, type Secret } from '@openloop/kernel';
import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';

import { QUEUE_NAME, QUEUE_SETTINGS, type Backing } from './backing.js';

export interface RedisPlace {
  url: Secret;
  /** Before every key, for a Redis that others use too. */
  prefix?: string;
}

type OnError = (error: Error) => void;

const COMMAND_TIMEOUT_MS = 5_000;
/** How long to pause at most before connecting again. */
const RETRY_MS = 2_000;

/** @throws `queue.bad_url`, `queue.unreachable`, `queue.eviction` */
export async function redisBacking(
  { url, prefix = 'openloop' }: RedisPlace,
  onError: OnError,
): Promise<Backing> {
  // Sending fails at once while Redis is away; working waits until it is back.
  let wasUp = false;
  const sending = newRedis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (attempt) => (wasUp ? Math.min(attempt * 50, RETRY_MS) : null),
  });
  await check(sending);
  wasUp = true;
  sending.on('error', onError);

  const redises = [sending];
  const producer = new Queue(QUEUE_NAME, {
    ...QUEUE_SETTINGS,
    prefix,
    connection: sending,
    skipWaitingForReady: true,
  });
  return {
    producer,
    newWorker: (work, settings) => {
      const working = newRedis(url, { maxRetriesPerRequest: null });
      working.on('error', onError);
      redises.push(working);
      return new Worker(QUEUE_NAME, work, { ...settings, prefix, connection: working });
    },
    // `end` does it: BullMQ's own way waits for an end that a broken connection does not come to.
    cutOff: async () => undefined,
    end: async () => {
      await Promise.all(redises.flatMap((redis) => [redis, ...redis.copies]).map(letGo));
    },
  };
}

/** Knows the connections that BullMQ makes from it. */
class TrackedRedis extends Redis {
  readonly copies: Redis[] = [];

  override duplicate(...options: Parameters<Redis['duplicate']>): Redis {
    const copy = super.duplicate(...options);
    this.copies.push(copy);
    return copy;
  }
}

/**
 * ioredis 6.0 never ends a connection that is told to disconnect while it pauses before connecting again, and a worker
 * waits for the end. So it is let connect once more, which fails or works, and ends either way.
 */
async function letGo(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  redis.disconnect();
  if (redis.status !== 'reconnecting') return;
  await redis.connect().catch(() => undefined);
  redis.disconnect();
}

function newRedis(url: Secret, options: Omit<RedisOptions, 'replyMapping'>): TrackedRedis {
  refuseOtherUrl(url);
  const always = { lazyConnect: true, connectTimeout: 5_000, connectionName: 'openloop' };
  return new TrackedRedis(url.reveal(), { ...options, ...always });
}

function refuseOtherUrl(url: Secret): void {
  try {
    const { protocol } = new URL(url.reveal());
    if (!/^rediss?:$/.test(protocol)) throw new TypeError('Not a Redis URL');
  } catch {
    // The reason is left out: it can quote the URL.
    throw new AppError('invalid', 'queue.bad_url', 'REDIS_URL is not a Redis URL', {
      hint: 'It looks like redis://:password@host:6379, or rediss:// with TLS',
    });
  }
}

async function check(redis: Redis): Promise<void> {
  let lastError: unknown;
  const note = (error: unknown) => (lastError = error);
  redis.on('error', note);
  try {
    await redis.connect();
    refuseEviction(await redis.info('memory'));
  } catch (error) {
    if (redis.status !== 'end') redis.disconnect();
    throw error instanceof AppError ? error : unreachable(lastError ?? error);
  } finally {
    redis.off('error', note);
  }
}

/** A Redis that evicts keys when it is full forgets jobs, and locks of jobs that run. */
function refuseEviction(memoryReport: string): void {
  const policy = /^maxmemory_policy:(\S+)/m.exec(memoryReport)?.[1];
  if (policy === undefined || policy === 'noeviction') return;
  throw new AppError('unavailable', 'queue.eviction', `This Redis evicts keys (${policy})`, {
    hint: 'Set maxmemory-policy to noeviction, or use a Redis of its own for the queue',
  });
}

function unreachable(cause: unknown): AppError {
  return new AppError('unavailable', 'queue.unreachable', 'Redis cannot be reached', {
    hint: `Check that Redis runs and that REDIS_URL is right (${messageOf(cause)})`,
    cause,
  });
}
