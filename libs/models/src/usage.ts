import type { TokenUsage } from './model.js';

/**
 * What a provider reported, or `null` when it cannot be true (missing, negative, fractional, more cached than sent).
 * A `null` usage is charged at the full reservation.
 */
export function usageOrNull(reported: {
  [Count in keyof TokenUsage]: number | undefined;
}): TokenUsage | null {
  const { input, output, cacheRead = 0, cacheWrite = 0 } = reported;
  if (input === undefined || output === undefined) return null;
  const usage = { input, output, cacheRead, cacheWrite };
  return isPossible(usage) ? usage : null;
}

/** Counts are whole, not negative, and the cached ones are among the input. */
export function isPossible(usage: TokenUsage): boolean {
  const counts = [usage.input, usage.output, usage.cacheRead, usage.cacheWrite];
  return (
    counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
    usage.cacheRead + usage.cacheWrite <= usage.input
  );
}
