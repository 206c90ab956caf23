/** Errors that come before the first byte of a request: no name, no listener, no TLS session. A closed list. */
const BEFORE_THE_FIRST_BYTE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const DEEPEST = 6;

/** Whether every cause says that nothing was sent. With several addresses tried, one doubtful cause means no. */
export function neverConnected(error: unknown): boolean {
  const causes = rootCauses(error);
  return causes.length > 0 && causes.every(({ code }) => BEFORE_THE_FIRST_BYTE.has(code));
}

/** `timeout`, `unreachable` or `connection_lost`. */
export function networkCode(error: unknown): string {
  if (neverConnected(error)) return 'unreachable';
  return rootCauses(error).some(({ name }) => name === 'TimeoutError') ? 'timeout' : 'connection_lost';
}

interface Cause {
  name: string;
  code: string;
}

/** `fetch` wraps: a TypeError around a socket's error, or around one error per address that was tried. */
function rootCauses(error: unknown, depth = 0): Cause[] {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return [];
  const inner = innerErrors(error).flatMap((cause) => rootCauses(cause, depth + 1));
  if (inner.length > 0) return inner;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return [{ name: 'name' in error ? String(error.name) : '', code }];
}

function innerErrors(error: object): readonly unknown[] {
  if ('errors' in error && Array.isArray(error.errors)) return error.errors;
  return 'cause' in error ? [error.cause] : [];
}
