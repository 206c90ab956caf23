import { describe, expect, it } from '@jest/globals';

import { usageOrNull } from './usage.js';

describe('usageOrNull', () => {
  it('takes absent cache counts for none', () => {
    expect(usageOrNull({ input: 5, output: 2, cacheRead: undefined, cacheWrite: undefined })).toEqual({
      input: 5,
      output: 2,
      cacheRead: 0,
      cacheWrite: 0,
    });
  });

  it.each([
    { input: undefined, output: 2, cacheRead: 0, cacheWrite: 0 },
    { input: 5, output: undefined, cacheRead: 0, cacheWrite: 0 },
    { input: -5, output: 2, cacheRead: 0, cacheWrite: 0 },
    { input: Number.NaN, output: 2, cacheRead: 0, cacheWrite: 0 },
    { input: 5, output: 2.5, cacheRead: 0, cacheWrite: 0 },
    { input: 5, output: 2, cacheRead: 4, cacheWrite: 2 },
  ])('takes what cannot be true for nothing: %j', (reported) => {
    expect(usageOrNull(reported)).toBeNull();
  });
});
