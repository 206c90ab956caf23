const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

const SHORTEST_MS = UNIT_MS.m;
const LONGEST_MS = 30 * UNIT_MS.d;

/** A whole number and a unit: what the editor checks. */
export const DURATION_PATTERN = /^([1-9][0-9]{0,6})([smhd])$/;

/** `24h` → milliseconds; `null` when it is not a duration from one minute to 30 days. */
export function msFromDuration(text: string): number | null {
  return msWithin(text, SHORTEST_MS, LONGEST_MS);
}

/** `30s` → milliseconds; `null` when it is no time to wait for one answer: one to thirty seconds. */
export function msFromTimeout(text: string): number | null {
  return msWithin(text, UNIT_MS.s, 30 * UNIT_MS.s);
}

function msWithin(text: string, shortest: number, longest: number): number | null {
  const [, count, unit] = DURATION_PATTERN.exec(text) ?? [];
  if (count === undefined || !isUnit(unit)) return null;
  const ms = Number(count) * UNIT_MS[unit];
  return ms >= shortest && ms <= longest ? ms : null;
}

/** Milliseconds → the shortest exact form: `90_000` → `90s`, `86_400_000` → `1d`. */
export function durationFromMs(ms: number): string {
  for (const [unit, size] of Object.entries(UNIT_MS)) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${Math.round(ms / UNIT_MS.s)}s`;
}

function isUnit(unit: string | undefined): unit is keyof typeof UNIT_MS {
  return unit !== undefined && Object.hasOwn(UNIT_MS, unit);
}
