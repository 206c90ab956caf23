import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Job, type Queue } from '@openloop/kernel';

/** One empty queue, on which the suite opens several queue objects, as several programs would. */
export interface QueueBench {
  open(onError: (error: Error) => void): Promise<Queue>;
  /** After all queue objects are closed. */
  close(): Promise<void>;
}

const TEST_MS = 30_000;

/** What every implementation of `Queue` must do. */
export function queueContract(name: string, newBench: () => Promise<QueueBench>): void {
  describe(`the queue on ${name}`, () => {
    let bench: QueueBench;
    let opened: Queue[];
    let errors: Error[];

    beforeEach(async () => {
      bench = await newBench();
      opened = [];
      errors = [];
    }, 60_000);
    afterEach(async () => {
      await Promise.all(opened.map((queue) => queue.close()));
      await bench.close();
    }, 60_000);

    async function open(): Promise<Queue> {
      const queue = await bench.open((error) => errors.push(error));
      opened.push(queue);
      return queue;
    }

    it(
      'delivers every job of every name, as an address and nothing else',
      async () => {
        const queue = await open();
        const got = new Received();
        queue.work(async (job) => got.add(job), 3);
        const first = [...newJobs('run', 3), ...newJobs('action', 2), ...newJobs('delivery', 2)];
        await queue.send(first);
        await got.all(first);
        const later = newJobs('run', 1);
        await queue.send(later);
        await got.all(later);
        expect(sorted(got.unique())).toEqual(sorted([...first, ...later]));
        expect(errors).toEqual([]);
      },
      TEST_MS,
    );

    it(
      'keeps jobs that were sent before anybody worked',
      async () => {
        const jobs = newJobs('run', 4);
        const sender = await open();
        await sender.send([]);
        await sender.send(jobs);
        await sender.close();
        const got = new Received();
        (await open()).work(async (job) => got.add(job), 1);
        await got.all(jobs);
        expect(sorted(got.unique())).toEqual(sorted(jobs));
      },
      TEST_MS,
    );

    it(
      'runs as many jobs at once as it may, and no more',
      async () => {
        const queue = await open();
        const got = new Received();
        const pair = new Gate();
        let running = 0;
        let most = 0;
        queue.work(async (job) => {
          running += 1;
          most = Math.max(most, running);
          if (running === 2) pair.open();
          await pair.opened;
          await new Promise(setImmediate);
          running -= 1;
          got.add(job);
        }, 2);
        const jobs = newJobs('run', 8);
        await queue.send(jobs);
        await got.all(jobs);
        expect(most).toBe(2);
      },
      TEST_MS,
    );

    it(
      'reports a job that throws and delivers it again',
      async () => {
        const queue = await open();
        const got = new Received();
        let tries = 0;
        queue.work(async (job) => {
          tries += 1;
          if (tries === 1) throw new Error('The first try fails');
          got.add(job);
        }, 1);
        const jobs = newJobs('action', 1);
        await queue.send(jobs);
        await got.all(jobs);
        expect(errors.map(({ message }) => message)).toEqual(['The first try fails']);
      },
      TEST_MS,
    );

    it(
      'delivers a job again that was sent while the same one was running',
      async () => {
        const queue = await open();
        const got = new Received();
        const [started, finish] = [new Gate(), new Gate()];
        queue.work(async (job) => {
          started.open();
          await finish.opened;
          got.add(job);
        }, 1);
        const jobs = newJobs('run', 1);
        await queue.send(jobs);
        await started.opened;
        await queue.send(jobs);
        finish.open();
        await got.count(2);
        expect(got.unique()).toEqual(jobs);
      },
      TEST_MS,
    );

    it(
      'waits for running work when it closes, starts nothing more, and leaves the rest to others',
      async () => {
        const queue = await open();
        const got = new Received();
        const [started, finish] = [new Gate(), new Gate()];
        queue.work(async (job) => {
          started.open();
          await finish.opened;
          got.add(job);
        }, 1);
        const jobs = newJobs('run', 3);
        await queue.send(jobs);
        await started.opened;
        let isClosed = false;
        const closing = queue.close().then(() => (isClosed = true));
        await new Promise(setImmediate);
        expect(isClosed).toBe(false);
        finish.open();
        await closing;
        expect(got.unique()).toHaveLength(1);

        const rest = jobs.filter(({ id }) => id !== got.unique()[0]?.id);
        (await open()).work(async (job) => got.add(job), 1);
        await got.all(rest);
      },
      TEST_MS,
    );

    it(
      'shares the jobs among workers',
      async () => {
        const got = new Received();
        const busy = new Set<number>();
        const both = new Gate();
        for (const number of [1, 2]) {
          (await open()).work(async (job) => {
            busy.add(number);
            if (busy.size === 2) both.open();
            await both.opened;
            got.add(job);
          }, 1);
        }
        const jobs = newJobs('run', 20);
        await (await open()).send(jobs);
        await got.all(jobs);
        expect(busy.size).toBe(2);
      },
      TEST_MS,
    );
  });
}

function newJobs(name: Job['name'], count: number): Job[] {
  const workspace = newId('wsp');
  return Array.from({ length: count }, () => ({
    name,
    workspace,
    id: newId(name === 'run' ? 'run' : 'act'),
  }));
}

function sorted(jobs: readonly Job[]): Job[] {
  return jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

class Received {
  readonly #jobs: Job[] = [];
  readonly #waiting: (() => void)[] = [];

  add(job: Job): void {
    this.#jobs.push(job);
    for (const look of this.#waiting) look();
  }

  unique(): Job[] {
    return [...new Map(this.#jobs.map((job) => [job.id, job])).values()];
  }

  all(jobs: readonly Job[]): Promise<void> {
    return this.#until(() => jobs.every(({ id }) => this.#jobs.some((job) => job.id === id)));
  }

  count(number: number): Promise<void> {
    return this.#until(() => this.#jobs.length >= number);
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => isSo() && resolve();
      this.#waiting.push(look);
      look();
    });
  }
}
