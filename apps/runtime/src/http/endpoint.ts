import type { Caller } from '@openloop/access';
import { readInput, type AnyRoute, type InputOf } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';
import {
  applyDecorators,
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';

import { parsedBody } from './read-json.js';

const ROUTE = 'openloop:route';

const METHODS = { GET: RequestMethod.GET, POST: RequestMethod.POST, DELETE: RequestMethod.DELETE } as const;

/** What the guard leaves on a request. */
export interface KnownRequest extends Request {
  caller?: Caller;
  requestId?: string;
}

/** What a controller gets: everything checked by the route's own schemas, and who is calling. */
export interface CallTo<R extends AnyRoute> extends InputOf<R> {
  /** Proven by a key. Absent only on routes without a scope. */
  caller: Caller;
  /** What the client named this request by, to be able to send it twice. */
  idempotencyKey: string | null;
  lastEventId: number | null;
  /** How the caller came in, for the audit trail: `cli`, or `api` for everything else. A label, never a proof. */
  via: 'cli' | 'api';
}

/** Serves one line of the contract's table: its method, path, status, scope and schemas all come from there. */
export function Endpoint(route: AnyRoute): MethodDecorator {
  return applyDecorators(
    RequestMapping({ path: route.path, method: METHODS[route.method] }),
    HttpCode(route.status),
    SetMetadata(ROUTE, route),
  );
}

export function routeOf(context: ExecutionContext): AnyRoute | undefined {
  // Nest keeps what SetMetadata was given on the method itself.
  return Reflect.getMetadata(ROUTE, context.getHandler()) as AnyRoute | undefined;
}

/** The checked input of the request, by the schemas of the route that the method serves. */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): CallTo<AnyRoute> => {
  const request = context.switchToHttp().getRequest<KnownRequest>();
  const route = routeOf(context);
  if (!route) throw new Error('@Call() stands only on an @Endpoint()');
  const { params, query } = request;
  // Parsed only now, when the guard has let the request in.
  const input = readInput(route, { params, query, ...(route.hasBody && { body: parsedBody(request) }) });
  return {
    ...input,
    idempotencyKey: idempotencyKeyOf(request),
    lastEventId: lastEventIdOf(request),
    via: request.headers['user-agent']?.startsWith('openloop-cli/') ? 'cli' : 'api',
    caller: request.caller as Caller,
  }; // the guard has set it wherever the route has a scope
});

const LONGEST_KEY = 200;

function idempotencyKeyOf({ headers }: Request): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && key.length > 0 && key.length <= LONGEST_KEY) return key;
  throw new AppError(
    'invalid',
    'idempotency_key_invalid',
    `Idempotency-Key must have 1 to ${LONGEST_KEY} characters`,
  );
}

function lastEventIdOf({ headers }: Request): number | null {
  const id = Number(headers['last-event-id']);
  return headers['last-event-id'] !== undefined && Number.isSafeInteger(id) && id >= 0 ? id : null;
}
