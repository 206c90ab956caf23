import type { Mentioned } from './load.js';
import type { Contestant } from './contestants.js';

export interface Plan {
  rounds: number;
  warmUpMs: number;
  /** Of each contestant in each round, at concurrency 16. */
  busyMs: number;
  /** The same with one at a time. */
  aloneMs: number;
  /** With a slow database, at each of the two concurrencies. */
  slowMs: number;
}

/** One contestant's figures: a value per round, and two of its program. */
export interface Figures {
  label: string;
  busy: Mentioned[];
  alone: Mentioned[];
  appCpuMs: number[];
  postgresCpuMs: number[];
  readyMs: number;
  idleMb: number;
  peakMb: number;
}

export const CONCURRENCY = 16;

/** Every contestant in turn, round after round, so that what else the machine does meets all of them. */
export async function measure(
  contestants: readonly Contestant[],
  { rounds, warmUpMs, busyMs, aloneMs }: Plan,
  serverCpu: () => number | null,
): Promise<Figures[]> {
  const all = contestants.map(blank);
  for (const { slack } of contestants) await slack.drive(CONCURRENCY, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { app, slack, usesServer }] of contestants.entries()) {
      const figures = all[index];
      if (!figures) continue;
      const before = { app: app.cpuMs(), postgres: serverCpu() ?? Number.NaN };
      const busy = await slack.drive(CONCURRENCY, busyMs);
      figures.busy.push(busy);
      figures.appCpuMs.push((app.cpuMs() - before.app) / busy.count);
      const postgres = (serverCpu() ?? Number.NaN) - before.postgres;
      figures.postgresCpuMs.push(usesServer ? postgres / busy.count : 0);
      figures.alone.push(await slack.drive(1, aloneMs));
    }
  }
  for (const [index, { app, label }] of contestants.entries()) {
    const figures = all[index];
    if (figures) figures.peakMb = app.peakMb();
    const [first] = app.complaints();
    if (first) throw new Error(`${label} complains: ${first}`);
  }
  return all;
}

function blank({ label, readyMs, idleMb }: Contestant): Figures {
  return { label, busy: [], alone: [], appCpuMs: [], postgresCpuMs: [], readyMs, idleMb, peakMb: 0 };
}
