import { neverConnected } from '@openloop/kernel';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';

import { networkCode } from './network-failure.js';

export interface SlackErrorFacts {
  /** Slack did certainly not do what was asked. */
  isDefinite: boolean;
  retryInMs?: number;
}

/** A call to Slack that did not end well. `code` is Slack's own word where there is one. */
export class SlackError extends Error {
  override readonly name = 'SlackError';
  readonly isDefinite: boolean;
  readonly retryInMs: number | undefined;

  constructor(
    readonly code: string,
    { isDefinite, retryInMs }: SlackErrorFacts,
  ) {
    super(`Slack answered ${code}`);
    this.isDefinite = isDefinite;
    this.retryInMs = retryInMs;
  }
}

/** What Slack answers with 200 although part of the work may have been done (docs.slack.dev, "fatal_error"). */
const DOUBTFUL = new Set(['fatal_error', 'internal_error', 'request_timeout', 'service_unavailable']);
/** How Slack spells an error. What is spelled otherwise came from a proxy, or was cut on the way. */
const SPELLING = /^[a-z][a-z0-9_]{1,63}$/;
/** What to wait when Slack asks to wait and does not say how long. */
const DEFAULT_WAIT_S = 30;

/** Whatever a call threw, as one shape. Nothing of the request is kept, so that no token can leave with it. */
export function slackErrorOf(error: unknown): SlackError {
  if (error instanceof SlackError) return error;
  if (error instanceof WebAPIRateLimitedError) return rateLimited(error.retryAfter);
  if (error instanceof WebAPIPlatformError) return refused(error);
  if (error instanceof WebAPIHTTPError)
    return new SlackError(`http_${error.statusCode}`, { isDefinite: false });
  return error instanceof WebAPIRequestError ? slackErrorOf(error.original) : networkError(error);
}

/** What a request ended with that got no answer. */
export function networkError(error: unknown): SlackError {
  return new SlackError(networkCode(error), { isDefinite: neverConnected(error) });
}

function refused({ data }: WebAPIPlatformError): SlackError {
  const code = data.error;
  if (code === 'ratelimited' || code === 'rate_limited')
    return rateLimited(data.response_metadata?.retryAfter);
  if (!SPELLING.test(code)) return new SlackError('unreadable_answer', { isDefinite: false });
  return new SlackError(code, { isDefinite: !DOUBTFUL.has(code) });
}

function rateLimited(retryAfterS = DEFAULT_WAIT_S): SlackError {
  return new SlackError('rate_limited', { isDefinite: true, retryInMs: Math.max(retryAfterS, 1) * 1_000 });
}
