import { AppError } from '@openloop/kernel';
import type { NextFunction, Request, Response } from 'express';

const DEEPEST = 64;

/** Bodies are read as bytes and parsed here, so that what is wrong with them is said with its place. */
export function readJson(request: Request, _response: Response, next: NextFunction): void {
  try {
    request.body = parsedBody(request);
    next();
  } catch (error) {
    next(error);
  }
}

function parsedBody(request: Request): unknown {
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
  try {
    const value: unknown = JSON.parse(text);
    if (depthOf(text) > DEEPEST)
      throw new AppError('invalid', 'json_too_deep', `The body is nested more than ${DEEPEST} deep`);
    return value;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid', 'json_invalid', `The body is not JSON${placeOf(error, text)}`, {
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

function placeOf(error: unknown, text: string): string {
  const found = /position (\d+)/.exec(error instanceof Error ? error.message : '');
  const offset = found ? Number(found[1]) : text.length;
  const before = text.slice(0, offset).split('\n');
  return `: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
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
