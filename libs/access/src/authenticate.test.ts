import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '@openloop/kernel';

import { hashKey, mintKey, prefixOf, type ApiKey } from './api-key.js';
import { authenticate } from './authenticate.js';
import type { KeyRing } from './people-store.js';
import { holdsScope } from './scopes.js';

const NOW = new Date('2026-11-20T09:00:00.000Z');
const ANA = { id: 'usr_ana', handle: '@ana', name: 'Ana' } as const;

describe('authenticate', () => {
  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic b2xrOng=', 'olk_abc', 'Bearer a b'])(
    'takes no “%s” for a key',
    async (header) => {
      await expect(authenticate(header, ringOf({}), NOW)).rejects.toMatchObject({
        kind: 'unauthenticated',
        code: 'missing_credentials',
      });
    },
  );

  it('knows the caller by the key alone', async () => {
    const { ring, text } = ringWith({});

    expect(await authenticate(`bearer  ${text}`, ring, NOW)).toEqual({
      workspaceId: 'wsp_1',
      principal: ANA,
      keyId: 'key_1',
      scopes: ['runs:read'],
    });
  });

  it.each<[string, Partial<ApiKey>, string]>([
    ['was revoked', { revokedAt: NOW }, 'key_revoked'],
    ['expires at this moment', { expiresAt: NOW }, 'key_expired'],
    ['expired and was revoked', { expiresAt: NOW, revokedAt: NOW }, 'key_revoked'],
  ])('refuses one that %s, with words and without the key', async (_, about, code) => {
    const { ring, text } = ringWith(about);

    const refusal: unknown = await authenticate(`Bearer ${text}`, ring, NOW).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ kind: 'unauthenticated', code });
    expect(inspect(refusal)).not.toContain(text);
  });

  it('takes one that has a moment left', async () => {
    const { ring, text } = ringWith({ expiresAt: new Date(NOW.getTime() + 1) });

    expect((await authenticate(`Bearer ${text}`, ring, NOW)).keyId).toBe('key_1');
  });

  it.each([
    ['never', null, 1],
    ['a minute and a moment ago', new Date(NOW.getTime() - 60_001), 1],
    ['less than a minute ago', new Date(NOW.getTime() - 59_999), 0],
  ])('notes the use of one that was used %s', async (_, lastUsedAt, times) => {
    const { ring, text } = ringWith({ lastUsedAt });
    const noted: string[] = [];

    await authenticate(`Bearer ${text}`, { ...ring, touched: async (id) => void noted.push(id) }, NOW);

    expect(noted).toHaveLength(times);
  });

  it('gives the same answer for a key nobody has and for one of somebody disabled', async () => {
    const { ring, text } = ringWith({}, true);
    const tried = (key: string) => authenticate(`Bearer ${key}`, ring, NOW).catch((error: unknown) => error);

    const [disabled, none] = [await tried(text), await tried('olk_none')];

    expect(disabled).toMatchObject({ code: 'invalid_credentials' });
    expect(disabled).toEqual(none);
  });
});

describe('a new key', () => {
  it('is shown once and kept as its hash', () => {
    const { secret, key } = mintKey({ name: 'laptop', scopes: ['admin'], principal: ANA, expiresInDays: 30 });
    const text = secret.reveal();

    expect(text).toMatch(/^olk_[\w-]{43}$/);
    expect(key).toMatchObject({
      name: 'laptop',
      prefix: prefixOf(text),
      hash: hashKey(text),
      expiresInDays: 30,
    });
    expect(JSON.stringify({ secret, key }) + inspect({ secret, key })).not.toContain(text);
  });

  it('is never the same twice', () => {
    const mint = () => mintKey({ name: 'x', scopes: [], principal: ANA, expiresInDays: null }).key.hash;

    expect(new Set(Array.from({ length: 100 }, mint)).size).toBe(100);
  });
});

describe('scopes', () => {
  it('are held one by one; admin holds all', () => {
    for (const scope of SCOPES) {
      expect(holdsScope(['admin'], scope)).toBe(true);
      expect(holdsScope([scope], scope)).toBe(true);
      expect(holdsScope([], scope)).toBe(false);
    }
    expect(holdsScope(['approvals:read'], 'approvals:decide')).toBe(false);
    expect(holdsScope(['approvals:decide', 'runs:read'], 'admin')).toBe(false);
  });
});

function ringWith(about: Partial<ApiKey>, disabled = false) {
  const text = 'olk_a-key-for-a-test';
  const key: ApiKey = {
    id: 'key_1',
    name: 'laptop',
    prefix: prefixOf(text),
    scopes: ['runs:read'],
    principal: ANA,
    createdAt: NOW,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...about,
  };
  return { text, ring: ringOf({ [hashKey(text)]: { workspaceId: 'wsp_1', key, disabled } }) };
}

function ringOf(found: Record<string, Awaited<ReturnType<KeyRing['findByHash']>>>): KeyRing {
  return {
    findByHash: async (hash) => found[hash] ?? null,
    touched: async () => undefined,
  };
}
