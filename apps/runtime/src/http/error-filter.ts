import {
  PROBLEM_MEDIA_TYPE,
  kindFromStatus,
  problemFrom,
  routes,
  type AnyRoute,
  type Problem,
} from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';

import type { Log } from '../compose.js';
import type { KnownRequest } from './endpoint.js';

/** The one place that turns an error into a response. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    /** Knows a driver's errors: gives an AppError for a database that is away. */
    private readonly translate: (error: unknown) => unknown,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<KnownRequest>();
    const response = http.getResponse<Response>();
    const error = otherMethod(asAppError(this.translate(thrown)), request, response);
    if (error.kind === 'bug') this.log.error({ err: thrown, requestId: request.requestId }, 'Request failed');
    const where = { instance: request.path, ...(request.requestId && { requestId: request.requestId }) };
    const problem = problemFrom(error, where);
    sendProblem(response, { ...problem, status: statusFor(error.code, request.path) ?? problem.status });
  }
}

export function sendProblem(response: Response, problem: Problem): void {
  if (response.headersSent) {
    // Cut off, so that what was sent so far cannot pass for the whole.
    response.destroy();
    return;
  }
  if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (problem.status === 503) response.setHeader('retry-after', '5');
  response.status(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

export const NOTHING_HERE = 'There is nothing at this address';

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  body_too_large: 413,
  unsupported_media_type: 415,
  method_not_allowed: 405,
};

/** Where a status says more than the error's kind; earlier clients expect 422 for a body that does not fit. */
function statusFor(code: string, path: string): number | undefined {
  if (code === 'invalid_request' && path === '/tools/invoke') return 422;
  return STATUS_OF_CODE[code];
}

/** Codes of what Nest and Express refuse before a controller is reached. */
const REFUSALS: Readonly<Record<number, { code: string; message: string }>> = {
  404: { code: 'route_not_found', message: NOTHING_HERE },
  413: { code: 'body_too_large', message: 'The body is larger than 1 MiB' },
  415: { code: 'unsupported_media_type', message: 'Send JSON, with content-type application/json' },
};

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === undefined || status >= 500)
    return new AppError('bug', 'internal', 'Something went wrong here', { cause: error });
  const { code, message } = REFUSALS[status] ?? {
    code: 'http_rejected',
    message: 'The request could not be read',
  };
  const kind = status === 413 || status === 415 ? 'invalid' : kindFromStatus(status);
  return new AppError(kind, code, message, { cause: error, details: {} });
}

/** Express's own errors (a body too large, a malformed address) carry their status. */
function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined;
}

/** An address that is served, but not for this method. */
function otherMethod(error: AppError, { path, method }: KnownRequest, response: Response): AppError {
  if (error.code !== 'route_not_found') return error;
  const there = Object.values<AnyRoute>(routes).filter((route) => patternOf(route.path).test(path));
  const served = there.filter((route) => route.method !== method);
  if (served.length === 0 || served.length < there.length) return error;
  response.setHeader('allow', served.map((route) => route.method).join(', '));
  return new AppError('invalid', 'method_not_allowed', `This address does not take ${method}`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
