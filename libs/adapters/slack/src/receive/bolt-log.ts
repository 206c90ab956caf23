import { LogLevel, type Logger } from '@slack/bolt';

import type { SlackLog } from '../options.js';

/**
 * The SDK's warnings and errors in our log. Only its own words: the objects it logs beside them may hold what people
 * wrote. Debug and info are not even made, because they spell out whole payloads and socket addresses.
 */
export function boltLog(log: SlackLog): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...said: unknown[]) => log.warn({ library: '@slack' }, wordsOf(said)),
    error: (...said: unknown[]) => log.error({ library: '@slack' }, wordsOf(said)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}

function wordsOf(said: readonly unknown[]): string {
  const words = said.map((each) => (each instanceof Error ? each.message : each));
  return words
    .filter((each) => typeof each === 'string')
    .join(' ')
    .slice(0, 500);
}
