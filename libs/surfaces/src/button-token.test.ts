import { describe, expect, it } from '@jest/globals';
import { newId } from '@openloop/kernel';

import { isSealed, readButton, sealButton, type ButtonFacts } from './button-token.js';

const KEY = 'k'.repeat(64);

describe('a button’s token', () => {
  it('says which approval and which verb, in less than 64 bytes', () => {
    const facts = someFacts();
    const token = sealButton(KEY, facts);

    expect(token).toHaveLength(54);
    expect(readButton(token)).toEqual({ approvalId: facts.approvalId, verb: 'approve' });
    expect(isSealed(KEY, token, facts)).toBe(true);
  });

  it.each<[string, Partial<ButtonFacts>]>([
    ['another surface', { surface: 'discord' }],
    ['another channel', { channel: 'C2' }],
    ['another approval', { approvalId: newId('apr') }],
    ['another verb', { verb: 'deny' }],
    ['other bytes', { digest: 'b'.repeat(64) }],
  ])('is not good for %s', (_, other) => {
    const facts = someFacts();

    expect(isSealed(KEY, sealButton(KEY, facts), { ...facts, ...other })).toBe(false);
  });

  it('is not good under another key, nor with any one character changed', () => {
    const facts = someFacts();
    const token = sealButton(KEY, facts);

    expect(isSealed('x'.repeat(64), token, facts)).toBe(false);
    for (let i = token.length - 26; i < token.length; i += 1) {
      const changed = token.slice(0, i) + (token[i] === '0' ? '1' : '0') + token.slice(i + 1);
      expect(isSealed(KEY, changed, facts)).toBe(false);
    }
  });

  it.each([
    '',
    '1',
    'apr_7Q2M9K8X',
    '13'.padEnd(54, '0'),
    '20'.padEnd(54, '0'),
    '10'.padEnd(55, '0'),
    '10'.padEnd(54, 'u'),
  ])('cannot be read from “%s”', (token) => {
    expect(readButton(token)).toBeNull();
  });
});

function someFacts(): ButtonFacts {
  return {
    surface: 'slack',
    channel: 'C1',
    approvalId: newId('apr'),
    verb: 'approve',
    digest: 'a'.repeat(64),
  };
}
