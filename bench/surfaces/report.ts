import { median } from '../support/drive.js';
import { ratio } from '../support/rounds.js';
import { aligned, shown } from '../support/table.js';
import type { Mentioned } from './load.js';
import type { Figures } from './measure.js';

type Column = (mine: Figures, bolt: Figures) => string;

const of = (each: keyof Mentioned, rounds: readonly Mentioned[]) =>
  median(rounds.map((round) => round[each]));
const times = (value: number) => `${shown(value, 2)}x`;

const COLUMNS: Readonly<Record<string, Column>> = {
  '/s at 16': ({ busy }) => shown(median(busy.map(perSecond)), 0),
  'x Bolt': (mine, bolt) => times(ratio(mine.busy.map(perSecond), bolt.busy.map(perSecond))),
  'CPU ms app': ({ appCpuMs }) => shown(median(appCpuMs), 2),
  '+ Postgres': ({ postgresCpuMs }) => shown(median(postgresCpuMs), 2),
  'x Bolt ': (mine, bolt) => times(ratio(wholeCpu(mine), wholeCpu(bolt))),
  'ack p50 at 16': ({ busy }) => shown(of('ackP50Ms', busy), 1),
  'p99 at 16': ({ busy }) => shown(of('ackP99Ms', busy), 1),
  'p99 at 1': ({ alone }) => shown(of('ackP99Ms', alone), 1),
  'e2e p50 at 16': ({ busy }) => shown(of('p50Ms', busy), 1),
  'p99 at 16 ': ({ busy }) => shown(of('p99Ms', busy), 1),
  'p50 at 1': ({ alone }) => shown(of('p50Ms', alone), 1),
  'ready s': ({ contestant }) => shown(contestant.readyMs / 1000, 2),
  'idle MB': ({ contestant }) => shown(contestant.idleMb, 0),
  'peak MB': ({ peakMb }) => shown(peakMb, 0),
};

/** Medians over the rounds; times in milliseconds, CPU per mention. The first contestant is the measure of the others. */
export function showMentions(all: readonly Figures[]): string {
  const [bolt] = all;
  if (!bolt) throw new Error('Nobody was measured');
  const rows = all.map((mine) => [
    mine.contestant.label,
    ...Object.values(COLUMNS).map((show) => show(mine, bolt)),
  ]);
  return aligned([['', ...Object.keys(COLUMNS)], ...rows]);
}

/** What the acks of a slow database say. */
export function showSlow({
  alone,
  busy,
  roundTripMs,
}: {
  alone: Mentioned;
  busy: Mentioned;
  roundTripMs: number;
}): string {
  const acksOf = ({ ackP50Ms, ackP99Ms, acks, late }: Mentioned) =>
    `ack p50 ${shown(ackP50Ms, 0)} ms, p99 ${shown(ackP99Ms, 0)} ms (${acks} acks, ${late} later than Slack waits)`;
  return `Postgres ${roundTripMs} ms away, OpenLoop on it:
  1 in flight:  ${acksOf(alone)}; the fastest took ${shown(alone.ackMinMs / roundTripMs, 1)} round trips
  16 in flight: ${acksOf(busy)}`;
}

/** One line of it all, for the log of a build. */
export function summary(all: readonly Figures[], slowAckP99Ms: number): string {
  const [bolt, server, embedded] = all;
  if (!bolt || !server || !embedded) throw new Error('A contestant is missing');
  const against = (mine: Figures) =>
    `${times(ratio(mine.busy.map(perSecond), bolt.busy.map(perSecond)))} Bolt's mentions/s, ` +
    `${times(ratio(wholeCpu(mine), wholeCpu(bolt)))} CPU, ack p99 at 16 ${shown(of('ackP99Ms', mine.busy), 0)} ms`;
  return `bench surfaces: ${against(server)}, with Postgres slow ${shown(slowAckP99Ms, 0)} ms (embedded: ${against(embedded)})`;
}

function perSecond({ count, wallMs }: Mentioned): number {
  return (count / wallMs) * 1000;
}

function wholeCpu({ appCpuMs, postgresCpuMs }: Figures): number[] {
  return appCpuMs.map((value, round) => value + (postgresCpuMs[round] ?? Number.NaN));
}
