import type { WorkspaceId } from './ids.js';

/**
 * Runs `work` in one database transaction, with the stores of one workspace that it may write to.
 * Everything in `work` happens, or nothing does. Do no network calls inside.
 */
export type Transact<Stores> = <Result>(
  workspace: WorkspaceId,
  work: (stores: Stores) => Promise<Result>,
) => Promise<Result>;

/** A wake-up. It carries an address and no data: whoever wakes reads the truth from the database. */
export interface Job {
  name: 'run' | 'action' | 'delivery';
  workspace: WorkspaceId;
  id: string;
}

/** Wake-ups to send once the transaction has committed. May be lost, doubled or late: the sweeper repairs. */
export interface Outbox {
  /** `show` says that a row changed which messages may be showing: those messages become due with this transaction. */
  add(job: { name: Job['name'] | 'show'; id: string }): void;
}

/** The doorbell. Nothing is decided by it and nothing is stored in it. */
export interface Queue {
  send(jobs: readonly Job[]): Promise<void>;
  /** Starts calling `work` for each job, at most `concurrency` at once, until `close`. */
  work(work: (job: Job) => Promise<void>, concurrency: number): void;
  /** Resolves when running work has ended; nothing new is started. */
  close(): Promise<void>;
}
