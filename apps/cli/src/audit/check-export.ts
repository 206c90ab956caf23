import { AuditLink, type AuditVerdict } from '@openloop/api-contract';
import { createHash } from 'node:crypto';

const CHAIN_START = '0'.repeat(64);

/**
 * Checks an exported chain without the server: every line's hash is over the line before it and its own content.
 * An export may begin in the middle; its first line is then taken as it stands. Stops at the first break.
 */
export async function checkExport(lines: AsyncIterable<string>): Promise<AuditVerdict> {
  const chain = new ExportedChain();
  for await (const line of lines) {
    if (!chain.add(line)) break;
  }
  return chain.verdict();
}

type Break = NonNullable<AuditVerdict['break']>;

class ExportedChain {
  #last: AuditLink | undefined;
  #from = 0;
  #checked = 0;
  #lines = 0;
  #break: Break | null = null;

  /** False when the chain breaks with this line. */
  add(text: string): boolean {
    this.#lines += 1;
    if (text.trim() === '') return true;
    const link = linkFrom(text);
    this.#break = link === null ? notALink(this.#lines, this.#last) : faultOf(link, this.#last);
    if (link === null || this.#break) return false;
    if (this.#checked === 0) this.#from = link.seq;
    this.#last = link;
    this.#checked += 1;
    return true;
  }

  verdict(): AuditVerdict {
    const { seq: to, hash: head } = this.#last ?? { seq: 0, hash: CHAIN_START };
    const facts = { checked: this.#checked, from: this.#from, to, head };
    return this.#break ? { ok: false, ...facts, break: this.#break } : { ok: true, ...facts };
  }
}

function linkFrom(text: string): AuditLink | null {
  try {
    return AuditLink.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function notALink(line: number, last: AuditLink | undefined): Break {
  return {
    seq: (last?.seq ?? 0) + 1,
    at: '',
    why: `line ${line} is not a line of an export`,
    expected: 'seq, at, body, prev, hash',
    found: 'something else',
  };
}

function faultOf(link: AuditLink, last: AuditLink | undefined): Break | null {
  const before =
    last ?? (link.seq === 1 ? { seq: 0, hash: CHAIN_START } : { seq: link.seq - 1, hash: link.prev });
  return (
    mismatch(link, 'a link is missing or out of order', String(before.seq + 1), String(link.seq)) ??
    mismatch(link, 'it does not follow the link before it', before.hash, link.prev) ??
    mismatch(link, 'its content was changed', hashOf(link), link.hash)
  );
}

function mismatch({ seq, at }: AuditLink, why: string, expected: string, found: string): Break | null {
  return expected === found ? null : { seq, at, why, expected, found };
}

/** The same bytes that the server hashes. */
function hashOf({ prev, seq, at, body }: AuditLink): string {
  return createHash('sha256').update(`${prev}\n${seq}\n${at}\n${body}`, 'utf8').digest('hex');
}
