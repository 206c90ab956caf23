import { ModelError } from './model.js';

/** The error for a request whose signal fired: its time was up (`AbortSignal.timeout`), or somebody stopped it. */
export function stopped({ reason }: AbortSignal, { notBilled }: { notBilled: boolean }): ModelError {
  // `reason` is whatever was given to `abort()`.
  const cause: unknown = reason;
  return nameOf(cause) === 'TimeoutError'
    ? new ModelError('timed_out', 'The model took too long to reply', { notBilled, cause })
    : new ModelError('aborted', 'The request was aborted', { notBilled, cause });
}

function nameOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'name' in cause ? cause.name : undefined;
}
