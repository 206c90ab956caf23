import type { AppError, ErrorKind } from '@openloop/kernel';
import { z } from 'zod';

export const FieldProblem = z
  .object({
    /** JSON Pointer into the body, or `?name` of the query, or `:name` of the path. */
    pointer: z.string(),
    code: z.string(),
    detail: z.string(),
    suggestion: z.string().optional(),
  })
  .meta({ id: 'FieldProblem' });
export type FieldProblem = z.infer<typeof FieldProblem>;

/** RFC 9457. `code` is what programs match on. */
export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.string(),
    request_id: z.string().optional(),
    hint: z.string().optional(),
    errors: z.array(FieldProblem).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The one translation from our errors to HTTP. */
export const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  blocked: 422,
  unavailable: 503,
  bug: 500,
};

const TITLES: Readonly<Record<ErrorKind, string>> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Not signed in',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  conflict: 'Changed underneath you',
  gone: 'No longer possible',
  blocked: 'Blocked by policy or budget',
  unavailable: 'Temporarily unavailable',
  bug: 'Something went wrong here',
};

/** What a caller is told. Of a `bug` that is nothing that could give something away. */
export function problemFrom(error: AppError, where: { instance?: string; requestId?: string } = {}): Problem {
  const { kind, code, message, hint, details } = error;
  const place = {
    ...(where.instance === undefined ? {} : { instance: where.instance }),
    ...(where.requestId === undefined ? {} : { request_id: where.requestId }),
  };
  const facts = { type: 'about:blank', title: TITLES[kind], status: STATUS_OF[kind] };
  if (kind === 'bug') return { ...facts, detail: TITLES.bug, code: 'internal', ...place };
  return { ...details, ...facts, detail: message, code, ...place, ...(hint === undefined ? {} : { hint }) };
}

/** The kind of error that an HTTP status stands for. */
export function kindFromStatus(status: number): ErrorKind {
  const exact = Object.entries(STATUS_OF).find(([, known]) => known === status)?.[0];
  if (exact) return exact as ErrorKind; // a key of STATUS_OF
  if (status === 412) return 'conflict';
  return status >= 500 || status === 429 ? 'unavailable' : 'invalid';
}
