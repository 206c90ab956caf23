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
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);
const DEEPEST = 6;

/** An error that nothing else caused. */
export interface RootCause {
  name: string;
  /** The system's code, or empty. */
  code: string;
}

/**
 * Whether a request is proven not to have left: every cause says that nothing was sent. With several addresses tried,
 * one doubtful cause is enough for no.
 */
export function neverConnected(error: unknown): boolean {
  const causes = rootCauses(error);
  return causes.length > 0 && causes.every(({ code }) => BEFORE_THE_FIRST_BYTE.has(code));
}

/** What an error comes down to: `fetch` wraps a socket's error, or one error per address that was tried. */
export function rootCauses(error: unknown, depth = 0): RootCause[] {
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
