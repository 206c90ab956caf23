import { createHash } from 'node:crypto';

import type { AuditEntry } from './audit.js';

/** The hash before the first link. */
export const CHAIN_START = '0'.repeat(64);

export type ChainVerdict =
  | { ok: true; checked: number; from: number; to: number; head: string }
  | {
      ok: false;
      checked: number;
      brokenAt: number;
      at: string;
      why: string;
      expected: string;
      found: string;
    };

/**
 * Walks links in order and finds the first that does not follow from the one before it.
 * `start` is what the first link must follow (the chain's start, or the last link checked before);
 * `head`, when known from elsewhere, is what the last link must be, so that a cut-off tail is found.
 */
export class ChainVerifier {
  #checked = 0;
  #from = 0;
  #last: { seq: number; hash: string };
  #break: Extract<ChainVerdict, { ok: false }> | undefined;

  constructor(start: { seq: number; hash: string } = { seq: 0, hash: CHAIN_START }) {
    this.#last = start;
  }

  /** False when the chain is broken; later links are then not looked at. */
  add(entry: AuditEntry): boolean {
    if (this.#break) return false;
    const fault =
      this.#mismatch(
        entry,
        'a link is missing or out of order',
        String(this.#last.seq + 1),
        String(entry.seq),
      ) ??
      this.#mismatch(entry, 'it does not follow the link before it', this.#last.hash, entry.prev) ??
      this.#mismatch(entry, 'its content was changed', linkHash(entry), entry.hash);
    if (fault) {
      this.#break = fault;
      return false;
    }
    this.#checked += 1;
    this.#from ||= entry.seq;
    this.#last = { seq: entry.seq, hash: entry.hash };
    return true;
  }

  verdict(head?: { seq: number; hash: string }): ChainVerdict {
    if (this.#break) return this.#break;
    const { seq, hash } = this.#last;
    if (head && (head.seq !== seq || head.hash !== hash)) {
      const why =
        head.seq > seq ? 'links are missing at the end' : 'the newest link is not the recorded head';
      return {
        ok: false,
        checked: this.#checked,
        brokenAt: seq + 1,
        at: '',
        why,
        expected: head.hash,
        found: hash,
      };
    }
    return { ok: true, checked: this.#checked, from: this.#from, to: seq, head: hash };
  }

  #mismatch({ seq, at }: AuditEntry, why: string, expected: string, found: string) {
    if (expected === found) return undefined;
    return { ok: false as const, checked: this.#checked, brokenAt: seq, at, why, expected, found };
  }
}

/** The same bytes that the database hashes in `commit_facts`. */
export function linkHash({ prev, seq, at, body }: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(`${prev}\n${seq}\n${at}\n${body}`, 'utf8').digest('hex');
}
