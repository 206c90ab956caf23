import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
const LONGEST_MS = 120_000;

/** Looks again and again until `look` gives something, and says what was waited for when it never does. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = LONGEST_MS,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`Waited ${withinMs} ms in vain for: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
