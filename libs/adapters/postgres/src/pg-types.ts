import { AppError } from '@openloop/kernel';
import pg from 'pg';

const DATE = pg.types.builtins.DATE;
const INT8 = pg.types.builtins.INT8;
const INT8_ARRAY = 1016;

/**
 * How columns become JavaScript values, the same on both sizes: `bigint` is a number (and an error where it would
 * lose digits), `numeric` and `date` stay text, `timestamptz` is a `Date`, everything else is as `pg` has it.
 */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === DATE) return (text: string) => text;
    if (oid === INT8) return safeInteger;
    const parse: unknown = pg.types.getTypeParser(oid, format);
    if (oid !== INT8_ARRAY || typeof parse !== 'function') return parse;
    return (text: string) => eachInteger(parse(text));
    // The compiler wants one overload per format; the caller passes the format and gets the parser for it.
  }) as pg.CustomTypesConfig['getTypeParser'],
};

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new AppError('bug', 'database.integer_too_large', `A bigint does not fit a number: ${text}`);
  }
  return value;
}

function eachInteger(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(eachInteger);
  return typeof value === 'string' ? safeInteger(value) : value;
}
