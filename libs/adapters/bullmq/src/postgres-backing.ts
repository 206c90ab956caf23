import { AppError } from '@openloop/kernel';
import { createPostgresBackend, Queue, runMigrations, Worker, type PostgresConnectionOptions } from 'bullmq';
import type pg from 'pg';

import { QUEUE_NAME, QUEUE_SETTINGS, type Backing } from './backing.js';

/** Brings BullMQ's own tables (schema `bullmq`) up to its version. The pool stays the caller's. */
export async function postgresBacking(pool: pg.Pool): Promise<Backing> {
  await migrateQueue(pool);
  // BullMQ's type for a pool has no optional fields and one `query`; this is the pool it was written for.
  const connection = pool as unknown as PostgresConnectionOptions;
  const producer = new Queue(QUEUE_NAME, { ...QUEUE_SETTINGS, connection }, createPostgresBackend);
  return {
    producer,
    newWorker: (work, settings) =>
      new Worker(QUEUE_NAME, work, { ...settings, connection }, createPostgresBackend),
    cutOff: (worker) => worker.disconnect(),
    end: async () => undefined,
  };
}

async function migrateQueue(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    // Several starters wait for the first one here, for longer than an ordinary statement may take.
    await client.query(`SET statement_timeout = '2min'`);
    await runMigrations(client);
    await client.query('RESET statement_timeout');
    // BullMQ names its tables without their schema.
    const { rows } = await client.query(`SELECT to_regclass('job') = to_regclass('bullmq.job') AS "isFound"`);
    if (!rows[0]?.isFound) {
      throw new AppError('bug', 'queue.search_path', 'The search path does not lead to the queue', {
        hint: 'The pool must set search_path to public, bullmq, and public must have no table called job',
      });
    }
  } finally {
    client.release();
  }
}
