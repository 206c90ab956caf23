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
  const { statusCode: status, data, responseHeaders = {} } = error;
  if (status === undefined || status < 400 || wasAccepted(responseHeaders)) {
    return new ModelError('broken', `The reply of ${provider} broke off`, { notBilled: false });
  }
  const said = codeIn(data);
  const message = `${provider} answered ${status}${said === undefined ? '' : ` (${said})`}`;
  const reason = reasonFor(status, said);
  const notBilled = reason === 'rejected' || reason === 'rate_limited';
  const retryAfterMs = reason === 'rate_limited' ? retryAfterOf(responseHeaders) : undefined;
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

/** `insufficient_quota`, `invalid_request_error`: OpenAI and Anthropic both send `{ error: { code?, type } }`. */
function codeIn(answer: unknown): string | undefined {
  const error = fieldOf(answer, 'error');
  return [fieldOf(error, 'code'), fieldOf(error, 'type')].find(
    (value): value is string => typeof value === 'string' && CODE.test(value),
  );
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
