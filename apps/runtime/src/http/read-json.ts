import { AppError, messageOf } from '@openloop/kernel';
import type { Request } from 'express';

const DEEPEST = 64;
const ODD_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/** Bodies arrive as bytes and are parsed here, so that what is wrong with them is said with its place. */
export function parsedBody(request: Request): unknown {
  const raw: unknown = request.body;
  const isSent = Buffer.isBuffer(raw) && raw.length > 0;
  if (!isSent) {
    if (hasUnreadBody(request)) {
      throw new AppError(
        'invalid',
        'unsupported_media_type',
        'Send JSON, with content-type application/json',
      );
    }
    return undefined;
  }
  const text = utf8(raw);
  if (depthOf(text) > DEEPEST) {
    throw new AppError('invalid', 'json_too_deep', `The body is nested more than ${DEEPEST} deep`);
  }
  try {
    // Only an escape can hold what a database cannot keep; without one, nothing has to be looked at.
    const value: unknown = JSON.parse(text, ODD_ESCAPE.test(text) ? storable : undefined);
    return value;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid', 'json_invalid', `The body is not JSON${placeOf(text)}`, {
      cause: error,
    });
  }
}

function hasUnreadBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function utf8(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch (cause) {
    throw new AppError('invalid', 'not_utf8', 'The body is not UTF-8 text', { cause });
  }
}

/** Text that a database cannot keep would fail later, and without a place. */
function storable(key: string, value: unknown): unknown {
  for (const text of [key, value]) {
    if (typeof text !== 'string' || (text.isWellFormed() && !text.includes('\0'))) continue;
    throw new AppError(
      'invalid',
      'invalid_request',
      'The body holds a NUL character or half of a surrogate pair',
    );
  }
  return value;
}

/** V8 names a position only sometimes; the shortest beginning that cannot be continued ends at the fault. */
function placeOf(text: string): string {
  let [sound, faulty] = [0, text.length];
  while (sound + 1 < faulty) {
    const middle = Math.floor((sound + faulty) / 2);
    if (canBeContinued(text.slice(0, middle))) sound = middle;
    else faulty = middle;
  }
  const before = text.slice(0, canBeContinued(text) ? text.length : faulty - 1).split('\n');
  return `: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function canBeContinued(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    return /end of JSON input|Unterminated/i.test(messageOf(error));
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, (depth += 1));
    else if (token === ']' || token === '}') depth -= 1;
  }
  return deepest;
}
