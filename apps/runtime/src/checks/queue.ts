import { BullQueue } from '@openloop/adapter-bullmq';
import { well, type Check } from '@openloop/surfaces';

import type { Grounds } from './grounds.js';
import { failedBy } from './words.js';

/** Redis is asked over a connection of its own, which also looks at its eviction policy. */
export async function queueChecks({ config, database, queueReady }: Grounds): Promise<Check[]> {
  try {
    if (config.redisUrl) return [await redisCheck(config.redisUrl)];
    if (queueReady) {
      await queueReady();
      return [well('queue', 'in the database, takes jobs')];
    }
    const when = database.state === 'open' ? '' : ', once that is open';
    return [well('queue', `in the database${when}`)];
  } catch (error) {
    return [failedBy('queue', error)];
  }
}

async function redisCheck(url: NonNullable<Grounds['config']['redisUrl']>): Promise<Check> {
  const queue = await BullQueue.onRedis({ url, onError: () => undefined, closeWithinMs: 500 });
  try {
    const { waiting, active, delayed } = await queue.depth();
    return well(
      'queue',
      `Redis evicts nothing; ${waiting} waiting, ${active} running, ${delayed} to be tried again`,
    );
  } finally {
    await queue.close();
  }
}
