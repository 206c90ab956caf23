import { AppError } from '@openloop/kernel';
import type { z } from 'zod';

import type { FieldProblem } from './problem.js';
import type { AnyRoute, InputOf } from './route.js';

export interface RawInput {
  params?: unknown;
  query?: unknown;
  /** Parsed JSON; nothing at all counts as an empty object. */
  body?: unknown;
}

/** Fields that people send in the hope of deciding as somebody else. */
const IDENTITY_FIELDS = new Set(['approver', 'approved_by', 'decided_by', 'user', 'principal', 'by']);

type Where = keyof RawInput;

/**
 * Checks what was sent to a route, all of it at once.
 * @throws AppError `invalid` / `invalid_request`, with every fault in `details.errors`.
 */
export function readInput<T extends AnyRoute>(route: T, raw: RawInput): InputOf<T> {
  const params = route.params.safeParse({ ...asObject(raw.params) }, { error: wordsFor });
  const query = route.query.safeParse({ ...asObject(raw.query) }, { error: wordsFor });
  const body = route.body.safeParse(raw.body ?? {}, { error: wordsFor });
  const errors = [...faults('params', params), ...faults('query', query), ...faults('body', body)];
  const [first] = errors;
  if (first) {
    throw new AppError('invalid', 'invalid_request', summaryOf(first, errors.length), {
      details: { errors },
    });
  }
  return { params: params.data, query: query.data, body: body.data } as InputOf<T>; // parsed by the route's own schemas, without a fault
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function faults(where: Where, result: z.ZodSafeParseResult<unknown>): FieldProblem[] {
  if (result.success) return [];
  return result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownField(where, [...issue.path, key]))
      : [{ pointer: pointerTo(where, issue.path), code: codeOf(issue), detail: issue.message }],
  );
}

function unknownField(where: Where, path: readonly PropertyKey[]): FieldProblem {
  const isIdentity = where === 'body' && IDENTITY_FIELDS.has(String(path.at(-1)));
  const detail = isIdentity
    ? 'is not a field here: identity comes from your credentials'
    : 'is not a field here';
  return { pointer: pointerTo(where, path), code: 'unknown_field', detail };
}

function codeOf(issue: z.core.$ZodIssue): string {
  return issue.message === REQUIRED ? 'required' : issue.code;
}

const REQUIRED = 'is required';

/** In the words of someone who calls the API; a schema's own words come first. */
function wordsFor(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? REQUIRED
        : `must be ${TYPE_WORDS[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum} ${UNITS[issue.origin] ?? ''}`.trimEnd();
    case 'too_big':
      return `must be at most ${issue.maximum} ${UNITS[issue.origin] ?? ''}`.trimEnd();
    default:
      return undefined;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const UNITS: Readonly<Record<string, string>> = { string: 'characters long', array: 'entries long' };

function pointerTo(where: Where, path: readonly PropertyKey[]): string {
  const parts = path.map((part) => visible(String(part)));
  if (where === 'query') return `?${parts[0] ?? ''}`;
  if (where === 'params') return `:${parts.join('.')}`;
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const MOST_SHOWN = 60;

/** A key that a stranger chose: no control characters, no length to speak of. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\uFFFD').slice(0, MOST_SHOWN);
}

function summaryOf({ pointer, detail }: FieldProblem, count: number): string {
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  return pointer === '' ? `The body is not valid: ${detail}${more}` : `${pointer} ${detail}${more}`;
}
