import { describe, expect, it } from '@jest/globals';

import type { AuditEntry } from './audit.js';
import { CHAIN_START, ChainVerifier, linkHash } from './verify-chain.js';

describe('ChainVerifier', () => {
  it('accepts an intact chain and says what it covers', () => {
    expect(verify(chainOf(5))).toMatchObject({ ok: true, checked: 5, from: 1, to: 5 });
  });

  it.each([
    ['a changed body', (c: AuditEntry[]) => replace(c, 2, { body: '{"name":"forged"}' }), 3],
    ['a changed time', (c: AuditEntry[]) => replace(c, 2, { at: '2020-01-01T00:00:00.000Z' }), 3],
    ['a removed link', (c: AuditEntry[]) => c.filter((_, i) => i !== 2), 4],
    ['two links swapped', (c: AuditEntry[]) => [c[0]!, c[2]!, c[1]!, c[3]!, c[4]!], 3],
    ['a link rewritten with a matching hash', (c: AuditEntry[]) => rewritten(c, 2), 4],
  ])('finds %s at its place', (_, tamper, brokenAt) => {
    expect(verify(tamper(chainOf(5)))).toMatchObject({ ok: false, brokenAt });
  });

  it('finds a cut-off tail when the head is known from elsewhere', () => {
    const chain = chainOf(5);
    const head = { seq: 5, hash: chain[4]!.hash };

    expect(verify(chain.slice(0, 4), head)).toMatchObject({
      ok: false,
      brokenAt: 5,
      why: 'links are missing at the end',
    });
  });
});

function verify(chain: AuditEntry[], head?: { seq: number; hash: string }) {
  const verifier = new ChainVerifier();
  for (const entry of chain) verifier.add(entry);
  return verifier.verdict(head);
}

function chainOf(length: number): AuditEntry[] {
  const chain: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const link = {
      seq,
      at: `2026-11-20T09:00:0${seq}.000Z`,
      body: `{"name":"n${seq}"}`,
      prev: chain.at(-1)?.hash ?? CHAIN_START,
    };
    chain.push({ ...link, hash: linkHash(link) });
  }
  return chain;
}

function replace(chain: AuditEntry[], index: number, change: Partial<AuditEntry>): AuditEntry[] {
  return chain.map((entry, i) => (i === index ? { ...entry, ...change } : entry));
}

function rewritten(chain: AuditEntry[], index: number): AuditEntry[] {
  const changed = { ...chain[index]!, body: '{"name":"forged"}' };
  return replace(chain, index, { ...changed, hash: linkHash(changed) });
}
