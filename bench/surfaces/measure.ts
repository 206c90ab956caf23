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

/** One contestant's figures: a value per round. */
export interface Figures {
  contestant: Contestant;
  busy: Mentioned[];
  alone: Mentioned[];
  appCpuMs: number[];
  postgresCpuMs: number[];
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
    for (const figures of all) {
      await takeTurn(figures, busyMs, serverCpu);
      figures.alone.push(await figures.contestant.slack.drive(1, aloneMs));
    }
  }
  for (const figures of all) {
    const { app, label } = figures.contestant;
    figures.peakMb = app.peakMb();
    const [first] = app.complaints();
    if (first) throw new Error(`${label} complains: ${first}`);
  }
  return all;
}

async function takeTurn(figures: Figures, ms: number, serverCpu: () => number | null): Promise<void> {
  const { app, slack, usesServer } = figures.contestant;
  const server = () => (usesServer ? (serverCpu() ?? Number.NaN) : 0);
  const before = { app: app.cpuMs(), server: server() };
  const busy = await slack.drive(CONCURRENCY, ms);
  figures.busy.push(busy);
  figures.appCpuMs.push((app.cpuMs() - before.app) / busy.count);
  figures.postgresCpuMs.push((server() - before.server) / busy.count);
}

function blank(contestant: Contestant): Figures {
  return { contestant, busy: [], alone: [], appCpuMs: [], postgresCpuMs: [], peakMb: 0 };
}
