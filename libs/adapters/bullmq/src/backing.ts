import type { JobsOptions, Processor, WorkerOptions } from 'bullmq';

/** The address of a row, and nothing that the row says. */
export interface Payload {
  workspace: string;
  id: string;
}

/** The part of BullMQ's worker options that does not depend on where the queue is. */
export type WorkerSettings = Pick<WorkerOptions, 'concurrency' | 'maxStalledCount'>;

/** What differs between a queue in Postgres and one in Redis. */
export interface Backing {
  readonly producer: Producer;
  newWorker(work: Processor<Payload>, settings: WorkerSettings): Consumer;
  /** Takes its connections from a worker that does not stop. */
  cutOff(worker: Consumer): Promise<void>;
  /** Lets go of every other connection that was opened for the queue. */
  end(): Promise<void>;
}

/** What we use of BullMQ's `Queue`, whichever backend it has. */
interface Producer {
  addBulk(jobs: { name: string; data: Payload }[]): Promise<unknown>;
  getJobCounts(...states: ('waiting' | 'active' | 'delayed' | 'failed')[]): Promise<Record<string, number>>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** What we use of BullMQ's `Worker`. */
export interface Consumer {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown;
  close(): Promise<void>;
  disconnect(): Promise<void>;
}

export const QUEUE_NAME = 'openloop';

const JOB_OPTIONS: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { count: 100 },
};

export const QUEUE_SETTINGS = {
  defaultJobOptions: JOB_OPTIONS,
  // Nobody reads BullMQ's own event log.
  streams: { events: { maxLen: 100 } },
};
