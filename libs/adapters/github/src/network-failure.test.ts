import { describe, expect, it } from '@jest/globals';

import { neverConnected } from '@openloop/kernel';
import { networkWords } from './network-failure.js';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });
const fetchFailed = (cause: unknown): Error => new TypeError('fetch failed', { cause });

describe('whether anything was sent', () => {
  it.each([
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('is answered no by %s', (code) => {
    expect(neverConnected(fetchFailed(withCode(code)))).toBe(true);
  });

  it.each([
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    '',
  ])('stays open after %j', (code) => {
    expect(neverConnected(fetchFailed(withCode(code)))).toBe(false);
  });

  it('is answered no only when every address that was tried says so', () => {
    const refused = withCode('ECONNREFUSED');
    const both = Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' });
    const mixed = Object.assign(new AggregateError([refused, withCode('ETIMEDOUT')]), {
      code: 'ECONNREFUSED',
    });

    expect(neverConnected(fetchFailed(both))).toBe(true);
    expect(neverConnected(fetchFailed(mixed))).toBe(false);
  });

  it.each([undefined, null, 'ECONNREFUSED', new Error('no cause')])('stays open for %p', (error) => {
    expect(neverConnected(error)).toBe(false);
  });

  it('does not go round in circles', () => {
    const snake: Error & { cause?: unknown } = new Error('snake');
    snake.cause = snake;

    expect(neverConnected(snake)).toBe(false);
  });
});

it('tells a person what happened', () => {
  expect(networkWords(fetchFailed(withCode('ENOTFOUND')))).toBe('GitHub could not be reached (ENOTFOUND)');
  expect(networkWords(fetchFailed(withCode('ECONNRESET')))).toBe(
    'The connection to GitHub broke off (ECONNRESET)',
  );
  expect(networkWords(new DOMException('late', 'TimeoutError'))).toBe('GitHub did not answer in time');
});
