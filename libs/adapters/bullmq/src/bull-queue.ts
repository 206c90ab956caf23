import { AppError, type Job, type Queue, type WorkspaceId } from '@openloop/kernel';
import type { Job as BullJob } from 'bullmq';
import type pg from 'pg';

import type { Backing, Consumer, Payload } from './backing.js';
import { postgresBacking } from './postgres-backing.js';
import { redisBacking, type RedisPlace } from './redis-backing.js';

export interface QueueOptions {
  /** Told of lost connections and of jobs whose work threw. */
  onError: (error: Error) => void;
  /** How long `close` waits for running work. */
  closeWithinMs?: number;
}

export interface QueueDepth {
  waiting: number;
  active: number;
  /** Waiting to be tried again. */
  delayed: number;
  failed: number;
}

const CLOSE_WITHIN_MS = 25_000;
const STOP_WITHIN_MS = 2_000;

/**
 * The doorbell on BullMQ. A job that throws is tried three times and then given up: whoever needs it done finds it in
 * the database. The same job may be on the queue several times, so that a bell rung during work is not lost.
 */
export class BullQueue implements Queue {
  readonly #backing: Backing;
  readonly #onError: (error: Error) => void;
  readonly #closeWithinMs: number;
  readonly #workers: Consumer[] = [];
  readonly #running = new Map<Promise<void>, (reason: Error) => void>();
  #closing: Promise<void> | undefined;

  private constructor(backing: Backing, { onError, closeWithinMs = CLOSE_WITHIN_MS }: QueueOptions) {
    this.#backing = backing;
    this.#onError = onError;
    this.#closeWithinMs = closeWithinMs;
    backing.producer.on('error', onError);
  }

  /** In the schema `bullmq`, which it makes. On a server, each `work` keeps one of the pool's connections. */
  static async onPostgres({ pool, ...options }: QueueOptions & { pool: pg.Pool }): Promise<BullQueue> {
    return new BullQueue(await postgresBacking(pool), options);
  }

  /** @throws `queue.bad_url`, `queue.unreachable`, `queue.eviction` */
  static async onRedis(options: QueueOptions & RedisPlace): Promise<BullQueue> {
    return new BullQueue(await redisBacking(options, options.onError), options);
  }

  /** All of them or none. @throws `queue.unreachable` at once when the queue is away. */
  async send(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const entries = jobs.map(({ name, workspace, id }) => ({ name, data: { workspace, id } }));
    await this.#reach(() => this.#backing.producer.addBulk(entries));
  }

  work(work: (job: Job) => Promise<void>, concurrency: number): void {
    if (this.#closing) throw new AppError('bug', 'queue.closed', 'This queue is closed');
    // A job is stalled when its worker stopped renewing it, mostly because it died. That is no fault of the job's.
    const settings = { concurrency, maxStalledCount: 5 };
    const worker = this.#backing.newWorker((job) => this.#abandonable(work(jobOf(job))), settings);
    worker.on('error', this.#onError);
    worker.on('failed', (_job, error) => this.#onError(error));
    this.#workers.push(worker);
  }

  /** Resolves when jobs can be sent. @throws `queue.unreachable` */
  async ready(): Promise<void> {
    await this.depth();
  }

  /** @throws `queue.unreachable` */
  async depth(): Promise<QueueDepth> {
    const counts = await this.#reach(() =>
      this.#backing.producer.getJobCounts('waiting', 'active', 'delayed', 'failed'),
    );
    const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
    return { waiting, active, delayed, failed };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const stopping = Promise.all(this.#workers.map((worker) => worker.close()));
    if (!(await this.#stops(stopping))) await this.#abandon(stopping);
    await this.#backing.producer.close();
    await this.#backing.end();
    await endsWithin(STOP_WITHIN_MS, stopping);
  }

  /** A worker without work stops at once, except when its connection is broken. */
  async #stops(stopping: Promise<unknown>): Promise<boolean> {
    const giveUpAt = performance.now() + this.#closeWithinMs;
    do {
      const workDone = Promise.allSettled(this.#running.keys());
      const isDone = await endsWithin(giveUpAt - performance.now(), Promise.race([stopping, workDone]));
      if (!isDone) return false;
      if (await endsWithin(STOP_WITHIN_MS, stopping)) return true;
    } while (this.#running.size > 0);
    return false;
  }

  /** Work cannot be stopped, but its jobs go back on the queue. */
  async #abandon(stopping: Promise<unknown>): Promise<void> {
    const reason = new AppError(
      'unavailable',
      'queue.close_timeout',
      'Work on the queue did not end in time',
      {
        hint: 'It is taken up again by another worker or at the next start',
      },
    );
    const isAbandoning = this.#running.size > 0;
    for (const reject of this.#running.values()) reject(reason);
    if (isAbandoning && (await endsWithin(STOP_WITHIN_MS, stopping))) return;
    await Promise.all(this.#workers.map((worker) => this.#backing.cutOff(worker)));
  }

  #abandonable(work: Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#running.set(promise, reject);
    void work.then(resolve, reject).finally(() => this.#running.delete(promise));
    return promise;
  }

  async #reach<Result>(use: () => Promise<Result>): Promise<Result> {
    try {
      return await use();
    } catch (cause) {
      throw new AppError('unavailable', 'queue.unreachable', 'The queue cannot be reached', {
        hint: 'Nothing is lost: what was to be done is in the database and is found again from there',
        cause,
      });
    }
  }
}

/** Complete, which the compiler checks. */
const NAMES: Readonly<Record<Job['name'], true>> = { run: true, action: true, delivery: true };

function isKnown(name: string): name is Job['name'] {
  return Object.hasOwn(NAMES, name);
}

/** What a newer version put on the queue may have names this one does not know. */
function jobOf({ name, data: { workspace, id } }: BullJob<Payload>): Job {
  if (!isKnown(name)) {
    throw new AppError('bug', 'queue.unknown_job', `No work is known for jobs called ${name}`);
  }
  // It was a WorkspaceId when `send` took it.
  return { name, workspace: workspace as WorkspaceId, id };
}

async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
