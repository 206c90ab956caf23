import { setTimeout as pause } from 'node:timers/promises';

import type { PostgresSystem } from '@openloop/adapter-postgres';
import { abandon, execute, reconcile } from '@openloop/actions';
import { expire } from '@openloop/approvals';
import type { ActionId, ApprovalId, Job, Queue, RunId } from '@openloop/kernel';
import { advance, type RunParts } from '@openloop/runs';

import type { Log } from './compose.js';

export interface WorkerParts {
  system: PostgresSystem;
  queue: Queue;
  runParts: RunParts;
  log: Log;
}

const CONCURRENCY = 16;
const SWEEP_MS = 5_000;
const STOP_WITHIN_MS = 25_000;

/**
 * Does the work that wake-ups name, and sweeps the database for work whose wake-up was lost. A wake-up written in this
 * process is taken up right here while there are hands free, and goes over the queue to others when not.
 * Rows decide, so a wake-up may come twice, late or never.
 */
export class Workers {
  readonly #inHand = new Set<Promise<void>>();
  #isWorking = false;
  #relaying: Promise<void> | null = null;
  #again = false;
  #sweeping: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: WorkerParts) {}

  start(): void {
    this.#isWorking = true;
    this.parts.queue.work((job) => this.do(job), CONCURRENCY);
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweep();
  }

  /** Takes nothing new, and resolves when what runs has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#isWorking = false;
    await this.parts.queue.close();
    await this.#sweeping;
    await this.#relaying;
    // What a provider keeps waiting is given up: its lease runs out, and the next process goes on from the journal.
    await Promise.race([Promise.all(this.#inHand), pause(STOP_WITHIN_MS, undefined, { ref: false })]);
  }

  /** Called after each commit that rang: sends what is in the outbox, one relay at a time. */
  wake(): void {
    this.#again = true;
    this.#relaying ??= this.#relay().finally(() => {
      this.#relaying = null;
    });
  }

  async do({ name, workspace, id }: Job): Promise<void> {
    const { runParts } = this.parts;
    if (name === 'run') return advance(runParts, workspace, id as RunId); // the job was written with this kind of id
    const actionId = id as ActionId; // as above
    if (await execute(runParts, workspace, actionId)) return;
    await abandon(runParts, workspace, actionId);
    await reconcile(runParts, workspace, actionId);
  }

  sweep(): void {
    this.#sweeping = this.#sweeping
      .then(() => this.#sweep())
      .catch((error: unknown) => {
        this.parts.log.warn({ err: error }, 'Sweep failed; it will be tried again');
      });
  }

  async #relay(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        const jobs = await this.parts.system.claimOutbox();
        if (jobs.length === 0) continue;
        await this.#send(jobs.filter((job) => !this.#takeUp(job)));
        await this.parts.system.confirmOutbox(jobs.map(({ outboxId }) => outboxId));
        this.#again = true;
      } catch (error) {
        this.parts.log.warn({ err: error }, 'Wake-ups could not be sent; the sweep will repair it');
        return;
      }
    }
  }

  /** False when this process does not work, or has no hand free. What fails here, the sweep finds again. */
  #takeUp(job: Job): boolean {
    if (!this.#isWorking || this.#inHand.size >= CONCURRENCY) return false;
    const work: Promise<void> = this.do(job)
      .catch((error: unknown) =>
        this.parts.log.error({ err: error, job }, 'Work failed; the sweep will find it'),
      )
      .finally(() => this.#inHand.delete(work));
    this.#inHand.add(work);
    return true;
  }

  async #sweep(): Promise<void> {
    const { system, runParts } = this.parts;
    await system.chargeExpiredHolds();
    for (const { workspace, id } of await system.dueApprovals())
      await expire(runParts.transact, workspace, id as ApprovalId); // the query selects them
    const [actions, runs] = [await system.dueActions(), await system.dueRuns()];
    const jobs = [
      ...actions.map((row) => ({ ...row, name: 'action' as const })),
      ...runs.map((row) => ({ ...row, name: 'run' as const })),
    ];
    await this.#send(jobs);
    this.wake();
  }

  /** With the queue away, a working process does the work itself: the queue is a doorbell, not a gate. */
  async #send(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    try {
      await this.parts.queue.send(jobs);
    } catch (error) {
      if (!this.#isWorking) throw error;
      this.parts.log.warn({ err: error }, 'The queue is away; working without it');
      for (const job of jobs) {
        await this.do(job).catch((failure: unknown) =>
          this.parts.log.error({ err: failure, job }, 'Work failed'),
        );
      }
    }
  }
}
