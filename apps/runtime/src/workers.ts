import { setTimeout as pause } from 'node:timers/promises';

import type { PostgresSystem } from '@openloop/adapter-postgres';
import { abandon, execute, reconcile } from '@openloop/actions';
import { expire } from '@openloop/approvals';
import { deliver, type DeliveryStores } from '@openloop/deliveries';
import type {
  ActionId,
  ApprovalId,
  DeliveryId,
  Job,
  Queue,
  RunId,
  Transact,
  WorkspaceId,
} from '@openloop/kernel';
import { advance, type RunParts } from '@openloop/runs';
import type { Surface } from '@openloop/surfaces';

import type { Log } from './compose.js';

export interface WorkerParts {
  system: PostgresSystem;
  queue: Queue;
  transact: Transact<DeliveryStores>;
  runParts: RunParts;
  /** The connected products, filled in once the system is open. */
  surfaces: ReadonlyMap<string, Surface>;
  /** Whether it is known now who is in the groups that may approve an action, and that its voters are still members. */
  approversKnown: (workspace: WorkspaceId, id: ActionId) => Promise<boolean>;
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
  #isBehind = false;
  #sweeping: Promise<void> | null = null;
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
      // Rung between the last look and here.
      if (this.#again) this.wake();
    });
  }

  async do({ name, workspace, id }: Job): Promise<void> {
    const { runParts, surfaces } = this.parts;
    if (name === 'run') return advance(runParts, workspace, id as RunId); // the job was written with this kind of id
    if (name === 'delivery') {
      return deliver({ transact: this.parts.transact, surfaces }, workspace, id as DeliveryId); // as above
    }
    const actionId = id as ActionId; // as above
    const areVotersKnown = await this.parts.approversKnown(workspace, actionId);
    if (await execute(runParts, workspace, actionId, { areVotersKnown })) return;
    await abandon(runParts, workspace, actionId);
    await reconcile(runParts, workspace, actionId);
  }

  /** One at a time: a slow one is not joined by others. */
  sweep(): void {
    this.#sweeping ??= this.#sweep()
      .catch((error: unknown) => this.parts.log.warn({ err: error }, 'Sweep failed; it will be tried again'))
      .finally(() => {
        this.#sweeping = null;
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
        this.#again = false;
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
      .finally(() => this.#handFree(work));
    this.#inHand.add(work);
    return true;
  }

  /** More was due than there were hands for: the next look is not left to the clock. */
  #handFree(work: Promise<void>): void {
    this.#inHand.delete(work);
    if (!this.#isBehind || !this.#isWorking || this.#inHand.size > CONCURRENCY / 4) return;
    this.#isBehind = false;
    this.sweep();
  }

  #takeUpDue(rows: readonly Omit<Job, 'name'>[], name: Job['name']): void {
    for (const { workspace, id } of rows) {
      if (!this.#takeUp({ workspace, id, name })) this.#isBehind = true;
    }
  }

  /** Each repair by itself: one that fails does not keep the others from being made. */
  async #sweep(): Promise<void> {
    const { system, runParts, surfaces, log } = this.parts;
    const failed = (error: unknown) => log.warn({ err: error }, 'A repair failed; it will be tried again');
    await system.chargeExpiredHolds().catch(failed);
    for (const { workspace, id } of await system.dueApprovals()) {
      await expire(runParts.transact, workspace, id as ApprovalId).catch(failed); // the query selects approvals
    }
    this.#takeUpDue(await system.dueActions(), 'action');
    this.#takeUpDue(await system.dueRuns(), 'run');
    if (surfaces.size > 0) this.#takeUpDue(await system.dueDeliveries(), 'delivery');
    this.wake();
  }

  /** With the queue away, what this process has no hand for waits for its next sweep. */
  async #send(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    try {
      await this.parts.queue.send(jobs);
    } catch (error) {
      if (!this.#isWorking) throw error;
      this.parts.log.warn({ err: error }, 'The queue is away; working without it');
    }
  }
}
