import { describe, expect, it } from '@jest/globals';

import { neverConnected, rootCauses } from './never-connected.js';

const socket = (code: string) => Object.assign(new Error(code), { code });

describe('a request is proven not to have left', () => {
  it.each<[string, unknown, boolean]>([
    ['nobody listens', new TypeError('fetch failed', { cause: socket('ECONNREFUSED') }), true],
    ['there is no such name', socket('ENOTFOUND'), true],
    [
      'the certificate is too old',
      new TypeError('fetch failed', { cause: socket('CERT_HAS_EXPIRED') }),
      true,
    ],
    ['no address takes it', new AggregateError([socket('ECONNREFUSED'), socket('ENOTFOUND')]), true],
    ['one address may have', new AggregateError([socket('ECONNREFUSED'), socket('ECONNRESET')]), false],
    ['the connection broke', new TypeError('fetch failed', { cause: socket('ECONNRESET') }), false],
    ['it took too long', new DOMException('late', 'TimeoutError'), false],
    ['nobody knows', new Error('?'), false],
    ['it is no error', 'ECONNREFUSED', false],
    ['nothing is said', null, false],
  ])('when %s: %#', (_, error, isProven) => {
    expect(neverConnected(error)).toBe(isProven);
  });

  it('also when errors go round in circles', () => {
    const first: { cause?: unknown } = {};
    first.cause = { cause: first };

    expect(neverConnected(first)).toBe(false);
    expect(rootCauses(first)).toHaveLength(1);
  });
});
