import { median } from './drive.js';
import type { Figures } from './rounds.js';

const COLUMNS: Readonly<Record<string, (figures: Figures) => string>> = {
  '/s at 16': ({ perSecond }) => shown(median(perSecond), 0),
  'CPU ms app': ({ appCpuMs }) => shown(median(appCpuMs), 2),
  '+ Postgres': ({ postgresCpuMs }) => {
    const known = postgresCpuMs.filter((value) => value !== null);
    return known.length > 0 ? shown(median(known), 2) : '–';
  },
  'p50 at 16': ({ p50Ms }) => shown(median(p50Ms), 1),
  'p99 at 16': ({ p99Ms }) => shown(median(p99Ms), 1),
  'p50 at 1': ({ aloneP50Ms }) => (aloneP50Ms.length > 0 ? shown(median(aloneP50Ms), 2) : '–'),
  'peak MB': ({ peakMb }) => shown(peakMb, 0),
};

/** Medians over the rounds; times in milliseconds, CPU per one. */
export function showTable(all: readonly Figures[]): string {
  const names = Object.keys(COLUMNS);
  const rows = all.map((figures) => [figures.label, ...Object.values(COLUMNS).map((show) => show(figures))]);
  return aligned([['', ...names], ...rows]);
}

/** The first column to the left, the others to the right. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

export function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits);
}
