import type { Refusal } from './brain.js';

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const RPC = 'type.googleapis.com/google.rpc';

/** A `google.rpc.Status`: a wait is told as `RetryInfo`, a reason as `ErrorInfo`. */
export function geminiError({ status, message, code, retryAfter }: Refusal): object {
  const reason = code !== undefined && {
    '@type': `${RPC}.ErrorInfo`,
    reason: code,
    domain: 'googleapis.com',
  };
  const wait = retryAfter !== undefined && { '@type': `${RPC}.RetryInfo`, retryDelay: `${retryAfter}s` };
  const details = [reason, wait].filter((detail) => detail !== false);
  return {
    error: {
      code: status,
      message,
      status: STATUS[status] ?? 'UNKNOWN',
      ...(details.length > 0 && { details }),
    },
  };
}
