import { ModelError, stopped } from '@openloop/models';
import { APICallError, InvalidPromptError, MissingToolResultsError } from 'ai';

import { NetworkFailure } from './network-failure.js';

const CODE = /^[\w.-]{1,64}$/;

/**
 * Why there is no reply, in our words. Nothing of the request goes along: neither the SDK's error, which holds the
 * prompt, nor the provider's sentences, which may quote it; of those only the code.
 */
export function modelErrorOf(error: unknown, provider: string, signal: AbortSignal): ModelError {
  if (error instanceof ModelError) return error;
  if (signal.aborted) return stopped(signal, { notBilled: false });

  const chain = causesOf(error);
  const network = chain.find((link) => link instanceof NetworkFailure);
  if (network !== undefined) return ofNetwork(network, provider);
  const answer = chain.find((link) => APICallError.isInstance(link));
  if (answer !== undefined) return ofAnswer(answer, provider);
  if (chain.some((link) => InvalidPromptError.isInstance(link) || MissingToolResultsError.isInstance(link))) {
    return new ModelError('rejected', `The messages for ${provider} do not fit together`, {
      notBilled: true,
    });
  }
  return new ModelError('broken', `The reply of ${provider} cannot be read`, { notBilled: false });
}

function ofNetwork(failure: NetworkFailure, provider: string): ModelError {
  const { phase, code, cause } = failure;
  if (phase === 'connecting') {
    return new ModelError('unreachable', `No connection to ${provider} (${code})`, {
      notBilled: true,
      cause,
    });
  }
  const reason = code === 'ETIMEDOUT' ? 'timed_out' : 'broken';
  return new ModelError(reason, `The connection to ${provider} failed (${code})`, {
    notBilled: false,
    cause,
  });
}

function ofAnswer(error: APICallError, provider: string): ModelError {
  const { statusCode, data, responseHeaders = {} } = error;
  if (statusCode === undefined || statusCode < 400 || wasAccepted(responseHeaders)) {
    return new ModelError('broken', `The reply of ${provider} broke off`, { notBilled: false });
  }
  const said = codeIn(data);
  const status = said === 'API_KEY_INVALID' ? 401 : statusCode; // Gemini says 400 to a wrong key
  const message = `${provider} answered ${status}${said === undefined ? '' : ` (${said})`}`;
  const reason = reasonFor(status, said);
  const notBilled = reason === 'rejected' || reason === 'rate_limited';
  const retryAfterMs = reason === 'rate_limited' ? waitOf(responseHeaders, data) : undefined;
  return new ModelError(reason, message, {
    notBilled,
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function reasonFor(status: number, said: string | undefined): ModelError['reason'] {
  if (status >= 500) return 'broken';
  if (status === 408) return 'timed_out';
  // An exhausted account does not recover by waiting.
  return status === 429 && said !== 'insufficient_quota' ? 'rate_limited' : 'rejected';
}

/** An error inside an event stream comes after the service took the request on, whatever status it names. */
function wasAccepted(headers: Readonly<Record<string, string>>): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false;
}

/**
 * `insufficient_quota`, `invalid_request_error`: OpenAI and Anthropic both send `{ error: { code?, type } }`; Google
 * sends a reason among the details, beside a `status` like `RESOURCE_EXHAUSTED`.
 */
function codeIn(answer: unknown): string | undefined {
  const error = fieldOf(answer, 'error');
  const reason = fieldOf(detailIn(answer, 'ErrorInfo'), 'reason');
  return [reason, fieldOf(error, 'code'), fieldOf(error, 'type'), fieldOf(error, 'status')].find(
    (value): value is string => typeof value === 'string' && CODE.test(value),
  );
}

/** One of Google's `error.details`, by the last word of its type. */
function detailIn(answer: unknown, type: string): unknown {
  const details = fieldOf(fieldOf(answer, 'error'), 'details');
  if (!Array.isArray(details)) return undefined;
  return details.find((detail) => fieldOf(detail, '@type') === `type.googleapis.com/google.rpc.${type}`);
}

/** How long a 429 asks to wait: by its headers, or as Google does by `RetryInfo` with a `retryDelay` like `7.5s`. */
function waitOf(headers: Readonly<Record<string, string>>, answer: unknown): number | undefined {
  const told = retryAfterOf(headers);
  if (told !== undefined) return told;
  const delay = fieldOf(detailIn(answer, 'RetryInfo'), 'retryDelay');
  const seconds = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined;
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1_000);
}

/** `retry-after-ms`, else `retry-after` in seconds or as a date. */
function retryAfterOf(headers: Readonly<Record<string, string>>): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (exact >= 0) return Math.ceil(exact);
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const wait = /^[\d.]+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : undefined;
}

function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (
    let link = error;
    link !== undefined && link !== null && chain.length < 8;
    link = fieldOf(link, 'cause')
  ) {
    chain.push(link);
  }
  return chain;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
