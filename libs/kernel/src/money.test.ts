import { describe, expect, it } from '@jest/globals';

import { microsFromUsd, showUsd, usdFromMicros } from './money.js';

describe('money', () => {
  it.each([
    [50, 50_000_000],
    [0.000001, 1],
    [0.0000011, 2],
    [0.1 + 0.2, 300_000],
    [1.005, 1_005_000],
    [0, 0],
  ])('of %d dollars is %d micro-dollars, never less than it says', (usd, micros) => {
    expect(microsFromUsd(usd)).toBe(micros);
  });

  it.each([1e12, Infinity, Number.NaN])('of %d dollars is refused', (usd) => {
    expect(() => microsFromUsd(usd)).toThrow(expect.objectContaining({ code: 'kernel.money_range' }));
  });

  it.each([
    [12_500, '0.0125'],
    [50_000_000, '50.00'],
    [1, '0.000001'],
    [0, '0.00'],
    [1_230_000, '1.23'],
    [-2_500_000, '-2.50'],
  ])('%d goes over the wire as %s', (micros, text) => {
    expect(usdFromMicros(micros)).toBe(text);
  });

  it.each([
    [4_100, '$0.0041'],
    [50_000_000, '$50.00'],
    [0, '$0.00'],
    [999_999, '$1.0000'],
  ])('%d is shown as %s', (micros, text) => {
    expect(showUsd(micros)).toBe(text);
  });
});
