import { microsFromUsd, showUsd } from '@openloop/kernel';

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** `3 min`, `2 h`: the largest unit that fits, rounded down. */
export function duration(ms: number): string {
  const [name, size] = UNITS.find(([, each]) => ms >= each) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / size))} ${name}`;
}

/** `412 ms`, `3.1 s`, `4 min`: how long something took. */
export function took(start: string | null, end: string | null): string {
  if (start === null || end === null) return '–';
  const ms = Date.parse(end) - Date.parse(start);
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

export function ago(instant: string | null, now: Date): string {
  return instant === null ? '–' : `${duration(now.getTime() - Date.parse(instant))} ago`;
}

/** `in 24 h`, `in 90 min`: to the nearest, in the largest unit of which there are at least two. */
export function until(instant: string, now: Date): string {
  const ms = Date.parse(instant) - now.getTime();
  if (ms <= 0) return 'past';
  const [name, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['s', 1000];
  return `in ${Math.max(1, Math.round(ms / size))} ${name}`;
}

/** `"0.0031"` → `$0.0031 simulated`. */
export function money(usd: string, simulated = false): string {
  return `${showUsd(microsFromUsd(Number(usd)))}${simulated ? ' simulated' : ''}`;
}

export function count(amount: number): string {
  return amount.toLocaleString('en-US');
}

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** Arguments that can be typed into a shell as they stand. */
export function command(...words: string[]): string {
  const quoted = words.map((word) =>
    /^[\w@%+=:,./…<>-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return ['openloop', ...quoted].join(' ');
}
