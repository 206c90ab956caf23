import { createHash } from 'node:crypto';

import { AppError } from './app-error.js';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * RFC 8785 canonical JSON, with stricter input rules so that one text means one value everywhere:
 * refuses lone surrogates, NUL characters, numbers that are not finite, integers beyond 2^53, and anything JSON cannot say.
 * Keys are ordered by UTF-16 code units, as the RFC wants; `undefined` members are an error, not dropped.
 *
 * @throws AppError `invalid` / `kernel.not_canonical` naming the path.
 */
export function canonicalJson(value: unknown, path = '$'): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return canonicalString(value, path);
  if (typeof value === 'number') return canonicalNumber(value, path);
  if (Array.isArray(value))
    return `[${value.map((item, i) => canonicalJson(item, `${path}[${i}]`)).join(',')}]`;
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .toSorted(byCodeUnit)
      .map((key) => `${canonicalString(key, path)}:${canonicalJson(value[key], `${path}.${key}`)}`);
    return `{${members.join(',')}}`;
  }
  throw notCanonical(path, `${typeof value} has no JSON form`);
}

/** SHA-256 in hex over a domain tag, a NUL, and the canonical JSON of `value`. */
export function digestOf(domain: string, value: unknown): string {
  return createHash('sha256')
    .update(`${domain}\0${canonicalJson(value)}`, 'utf8')
    .digest('hex');
}

function canonicalString(text: string, path: string): string {
  if (!text.isWellFormed()) throw notCanonical(path, 'text holds half of a surrogate pair');
  if (text.includes('\0')) throw notCanonical(path, 'text holds a NUL character');
  return JSON.stringify(text);
}

function canonicalNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw notCanonical(path, `${value} is not a JSON number`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw notCanonical(path, `${value} is too large to be exact; send it as text`);
  }
  return JSON.stringify(value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notCanonical(path: string, why: string): AppError {
  return new AppError('invalid', 'kernel.not_canonical', `At ${path}: ${why}`, { details: { path } });
}
