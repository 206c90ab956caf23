import { neverConnected, rootCauses } from '@openloop/kernel';

/** `timeout`, `unreachable` or `connection_lost`. */
export function networkCode(error: unknown): string {
  if (neverConnected(error)) return 'unreachable';
  return rootCauses(error).some(({ name }) => name === 'TimeoutError') ? 'timeout' : 'connection_lost';
}
