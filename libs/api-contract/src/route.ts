import { z } from 'zod';

import type { Scope } from './scopes.js';

type Method = 'GET' | 'POST' | 'DELETE';

/** `any` is every valid key; `null` is public. */
type Needs = Scope | 'any' | null;

/** One line of the table: what the server serves and checks, the document describes, and the client sends. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  /** Unique; the operation's name in the OpenAPI document. */
  readonly id: string;
  readonly method: Method;
  /** `/v1/approvals/:id/approve`. */
  readonly path: string;
  readonly scope: Needs;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly hasBody: boolean;
  /** Of a `sse` route: one event's `data`. Of a `text` route: a string. */
  readonly response: R;
  readonly status: number;
  readonly stream: 'sse' | 'text' | null;
  readonly mediaType: string;
}

export type AnyRoute = Route;

const Nothing = z.strictObject({});
type Nothing = typeof Nothing;

interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType> {
  id: string;
  method: Method;
  path: string;
  scope: Needs;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  response: R;
  status?: number;
  stream?: 'sse' | 'text';
  /** For `text`, when it is not plain. */
  mediaType?: string;
}

/** Without `params`, `query` or `body` a route takes none: whatever is sent there is an error. */
export function defineRoute<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(spec: RouteSpec<P, Q, B, R>): Route<P, Q, B, R> {
  const { id, method, path, scope, summary, response, status = 200, stream = null } = spec;
  return Object.freeze({
    id,
    method,
    path,
    scope,
    summary,
    params: spec.params ?? (Nothing as unknown as P), // P is Nothing when it is left out, by its default
    query: spec.query ?? (Nothing as unknown as Q), // as above
    body: spec.body ?? (Nothing as unknown as B), // as above
    hasBody: spec.body !== undefined,
    response,
    status,
    stream,
    mediaType: spec.mediaType ?? MEDIA_TYPES[stream ?? 'json'],
  });
}

const MEDIA_TYPES = { json: 'application/json', sse: 'text/event-stream', text: 'text/plain' } as const;

/** What the server works with: checked, defaults filled in. */
export interface InputOf<T extends AnyRoute> {
  params: z.output<T['params']>;
  query: z.output<T['query']>;
  body: z.output<T['body']>;
}

/** What the server answers with. */
export type OutputOf<T extends AnyRoute> = z.input<T['response']>;

/** What a client gives: parts that may be empty may be left out. */
export type CallOf<T extends AnyRoute> = Part<'params', z.input<T['params']>> &
  Part<'query', z.input<T['query']>> &
  Part<'body', z.input<T['body']>>;

type Part<Name extends string, T> = Record<never, never> extends T ? { [K in Name]?: T } : { [K in Name]: T };
