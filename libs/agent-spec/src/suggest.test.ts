import { describe, expect, it } from '@jest/globals';

import { closest, editDistance } from './suggest.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['write', 'wriet', 1],
    ['ca', 'abc', 3],
    ['Github', 'github', 0],
  ])('between "%s" and "%s" is %i, either way', (a, b, edits) => {
    expect([editDistance(a, b), editDistance(b, a)]).toEqual([edits, edits]);
  });
});

describe('editDistance with a limit', () => {
  it('stops counting beyond it', () => {
    expect([editDistance('wriet', 'write', 1), editDistance('kitten', 'sitting', 2)]).toEqual([1, Infinity]);
  });
});

describe('closest', () => {
  it('prefers the fewest edits', () => {
    expect(closest('tool', ['pools', 'tools', 'spec'])).toBe('tools');
  });

  it('offers nothing when nothing is close', () => {
    expect([closest('banana', ['tools']), closest('ab', ['xy']), closest('x', [])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
