import { error, type Finding } from './problem.js';

const KIB = 1024;
const MOST_BYTES = 64 * KIB;

// Line breaks and tabs are the only control characters that YAML text needs. The second group reorders text on
// screen, so a reviewer would read something else than the parser; U+FEFF is a byte order mark in the middle.
const FORBIDDEN = /(?![\t\n\r\u0085])[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu;

export type SourceText = { text: string } | { finding: Finding };

/** Bytes or text → text that is small enough and is UTF-8, without its byte order mark. */
export function readSource(source: string | Uint8Array): SourceText {
  const size = typeof source === 'string' ? Buffer.byteLength(source, 'utf8') : source.byteLength;
  if (size > MOST_BYTES) {
    const kib = Math.ceil(size / KIB);
    return refused(
      'file_too_large',
      `the file has ${kib} KiB; at most 64 KiB are read`,
      'split it: one agent per file',
    );
  }
  const text = typeof source === 'string' ? source : decoded(source);
  if (text === null || !text.isWellFormed()) {
    return refused('not_utf8', 'the file is not UTF-8 text', 'save it as UTF-8');
  }
  return { text: text.startsWith('\ufeff') ? text.slice(1) : text };
}

/** Every character that must not be in a text, by offset. */
export function forbiddenCharacters(text: string): readonly { offset: number; name: string }[] {
  return [...text.matchAll(FORBIDDEN)].map(({ 0: char, index }) => ({
    offset: index,
    name: codePointName(char),
  }));
}

/** `\u0000` → `U+0000`. */
export function codePointName(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // the only thing a fatal decoder throws for is text that is not UTF-8
  }
}

function refused(code: string, message: string, hint: string): SourceText {
  return { finding: error(code, [], message, { hint }) };
}
