import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { functionName } from './calls.js';
import { newId, randomChars, shortId } from './ids.js';
import { Secret } from './secret.js';

describe('newId', () => {
  it('says what it names, and begins with the time', () => {
    const [before, id, after] = [Date.now(), newId('run'), Date.now()];
    const digits = Array.from(id.slice(4, 14), (char) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(char));
    const ms = digits.reduce((sum, digit) => sum * 32 + digit, 0);

    expect(id).toMatch(/^run_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(after);
  });

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 5_000 }, () => newId('act'))).size).toBe(5_000);
  });

  it('has a short form of its last eight characters', () => {
    expect(shortId('apr_01JQ00000000007Q2M9K8X')).toBe('apr_7Q2M9K8X');
  });
});

describe('randomChars', () => {
  it('uses the whole alphabet, evenly', () => {
    const counts = Map.groupBy(randomChars(32_000), (char) => char);

    expect(counts.size).toBe(32);
    for (const [, { length }] of counts) expect(Math.abs(length - 1_000)).toBeLessThan(250);
  });
});

describe('functionName', () => {
  it('is what providers take', () => {
    expect(functionName('github.issues:write')).toBe('github_issues_write');
    expect(functionName(`x.${'y'.repeat(90)}`)).toHaveLength(64);
  });
});

describe('Secret', () => {
  it('shows itself only when asked by name', () => {
    const secret = new Secret('sk-very-secret');

    expect(
      [String(secret), `${secret}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret)].join(),
    ).not.toContain('very');
    expect(Object.values(secret)).toEqual([]);
    expect(secret.reveal()).toBe('sk-very-secret');
  });
});
