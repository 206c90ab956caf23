import { describe, expect, it } from '@jest/globals';

import { until } from './words.js';

describe('until', () => {
  const NOW = new Date('2026-11-20T14:00:00.000Z');

  it.each([
    ['2026-11-21T14:00:00.000Z', 'in 24 h'],
    ['2026-11-21T13:59:59.000Z', 'in 24 h'],
    ['2026-11-21T13:20:00.000Z', 'in 23 h'],
    ['2026-11-22T14:00:00.000Z', 'in 2 d'],
    ['2026-11-20T15:30:00.000Z', 'in 90 min'],
    ['2026-11-20T14:00:59.600Z', 'in 60 s'],
    ['2026-11-20T14:00:00.100Z', 'in 1 s'],
    ['2026-11-20T14:00:00.000Z', 'past'],
  ])('%s is %s', (instant, words) => {
    expect(until(instant, NOW)).toBe(words);
  });
});
