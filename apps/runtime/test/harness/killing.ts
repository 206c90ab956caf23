import { setTimeout as pause } from 'node:timers/promises';

import type { RunView } from '@openloop/api-contract';

import { agentYaml } from './agent-yaml.js';
import { writeBrain } from './brains.js';
import { newAdminKey, startOpenLoop, type OpenLoop } from './open-loop.js';
import { Outside } from './outside.js';
import { DECIDER, Person } from './person.js';
import { freshPlace, type Place } from './place.js';
import { Program } from './program.js';
import { until } from './until.js';

export interface Killed {
  run: string;
  approval: string;
  title: string;
}

/** The system after its last death. */
export interface Restarted {
  loop: OpenLoop;
  start: Date;
}

const LONGEST_MS = 180_000;

/** One place, one outside world, and a program that is killed and started there again and again. */
export class KillBench {
  readonly #adminKey = newAdminKey();
  #program: Program | null = null;
  #priyaKey = '';

  private constructor(
    readonly outside: Outside,
    readonly place: Place,
  ) {}

  static async open(embedded: boolean): Promise<KillBench> {
    const outside = await Outside.start();
    outside.brain = writeBrain;
    return new KillBench(outside, await freshPlace({ embedded }));
  }

  async close(): Promise<void> {
    if (this.#program) await this.#program.kill();
    await this.place.remove();
    await this.outside.close();
  }

  /** Starts the program, the first time also with an agent and an approver. */
  async start(): Promise<{ operator: Person; priya: Person }> {
    const env = { PORT: '0', OPENLOOP_ADMIN_KEY: this.#adminKey, ...this.outside.env, ...this.place.env };
    this.#program = new Program('start', env, this.place.folder);
    const url = await this.#program.ready();
    const operator = new Person(url, this.#adminKey);
    if (this.#priyaKey === '') {
      this.#priyaKey = (await operator.admit('@priya', DECIDER)).key;
      await operator.apply(agentYaml({ name: 'writer', model: 'openai/gpt-4o-mini' }));
    }
    return { operator, priya: new Person(url, this.#priyaKey) };
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
    this.#program = null;
  }

  /** Starts, has a write held and approved, and kills so many milliseconds after the answer to the approval. */
  async killAfterApproval(title: string, delayMs: number): Promise<Killed> {
    const { operator, priya } = await this.start();
    const { id: run } = await operator.start('writer', title);
    const held = await operator.held(run);
    await priya.approve(held);
    await pause(delayMs);
    await this.kill();
    return { run, approval: held.id, title };
  }

  /** The same place once more, in this thread, where time can be moved. The audit chain must be whole at the end. */
  async inThread(work: (restarted: Restarted) => Promise<void>): Promise<void> {
    const start = new Date();
    const loop = await startOpenLoop(this.outside, { place: this.place });
    try {
      await work({ loop, start });
      const verdict = await loop.operator.verify();
      if (!verdict.ok) throw new Error(`The audit chain is broken: ${JSON.stringify(verdict)}`);
    } finally {
      await loop.close();
    }
  }
}

/**
 * Lets the time pass that the runtime waits before it takes a silent worker for dead, and between two looks at a
 * target: in the rows, because nobody wants to wait a quarter of an hour. Only for what died before `start`.
 */
export async function passTime({ serving }: OpenLoop, start: Date): Promise<void> {
  const { pool } = serving.system.database;
  const silent = `state = 'started' and started_at < $1`;
  await pool.query(`update actions set started_at = started_at - interval '2 minutes' where ${silent}`, [
    start,
  ]);
  await pool.query(`update actions set look_at = clock_timestamp() where state = 'unknown'`);
  const abandoned = `state = 'running' and lease_until < $1::timestamptz + interval '30 seconds'`;
  await pool.query(`update runs set lease_until = clock_timestamp() where ${abandoned}`, [start]);
  const unsent = `fence is not null and lease_until < $1::timestamptz + interval '30 seconds'`;
  await pool.query(`update deliveries set lease_until = clock_timestamp() where ${unsent}`, [start]);
  await pool.query(`update deliveries set due_at = clock_timestamp() where due_at is not null`);
  serving.system.workers.sweep();
}

/** What `look` sees, however often time has to pass for it. */
export function inTime<T>(
  what: string,
  { loop, start }: Restarted,
  look: () => Promise<T | null>,
): Promise<T> {
  return until(
    what,
    async () => {
      const seen = await look();
      if (seen === null) await passTime(loop, start);
      return seen;
    },
    LONGEST_MS,
  );
}

export function drained(restarted: Restarted, run: string): Promise<RunView> {
  return inTime(`run ${run} to end`, restarted, async () => {
    const found = await restarted.loop.operator.run(run);
    return found.finished_at ? found : null;
  });
}
