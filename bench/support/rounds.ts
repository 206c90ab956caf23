import type { Contestant } from './contestant.js';
import { median, type Driven } from './drive.js';

export interface Plan {
  rounds: number;
  warmUpMs: number;
  /** Of each contestant in each round, at concurrency 16. */
  busyMs: number;
  /** The same with one at a time; 0 leaves it out. */
  aloneMs: number;
}

export interface Entry {
  label: string;
  contestant: Contestant;
  /** Whether the Postgres server works for it. */
  usesServer: boolean;
}

/** One contestant's figures: a value per round. */
export interface Figures {
  label: string;
  perSecond: number[];
  appCpuMs: number[];
  postgresCpuMs: (number | null)[];
  p50Ms: number[];
  p99Ms: number[];
  aloneP50Ms: number[];
  peakMb: number;
}

export const CONCURRENCY = 16;

/** Every contestant in turn, round after round, so that what else the machine does meets all of them. */
export async function measure(
  entries: readonly Entry[],
  { rounds, warmUpMs, busyMs, aloneMs }: Plan,
  serverCpu: () => number | null,
): Promise<Figures[]> {
  for (const { contestant } of entries) await contestant.drive({ concurrency: CONCURRENCY, ms: warmUpMs });
  const all = entries.map(({ label }) => blank(label));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { contestant, usesServer }] of entries.entries()) {
      const figures = all[index];
      if (!figures) continue;
      const before = serverCpu();
      const driven = await contestant.drive({ concurrency: CONCURRENCY, ms: busyMs });
      note(figures, driven, usesServer ? difference(serverCpu(), before) : 0);
      if (aloneMs === 0) continue;
      const alone = await contestant.drive({ concurrency: 1, ms: aloneMs });
      figures.aloneP50Ms.push(alone.p50Ms);
    }
  }
  for (const [index, { contestant }] of entries.entries()) {
    const peakMb = await contestant.finish();
    const figures = all[index];
    if (figures) figures.peakMb = peakMb;
  }
  return all;
}

/** The median over the rounds of one contestant's value over another's in the same round. */
export function ratio(mine: readonly number[], theirs: readonly number[]): number {
  return median(mine.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** Of the program and of Postgres together, round by round. */
export function wholeCpu({ appCpuMs, postgresCpuMs }: Figures): number[] {
  return appCpuMs.map((value, round) => value + (postgresCpuMs[round] ?? Number.NaN));
}

function note(figures: Figures, driven: Driven, postgresCpuMs: number | null): void {
  const { count, wallMs, cpuMs, p50Ms, p99Ms } = driven;
  figures.perSecond.push((count / wallMs) * 1000);
  figures.appCpuMs.push(cpuMs / count);
  figures.postgresCpuMs.push(postgresCpuMs === null ? null : postgresCpuMs / count);
  figures.p50Ms.push(p50Ms);
  figures.p99Ms.push(p99Ms);
}

function blank(label: string): Figures {
  return {
    label,
    perSecond: [],
    appCpuMs: [],
    postgresCpuMs: [],
    p50Ms: [],
    p99Ms: [],
    aloneP50Ms: [],
    peakMb: 0,
  };
}

function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}
