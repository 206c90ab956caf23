import type { WireRequest } from '../loopback.js';

/** The key of `Authorization: Bearer KEY`. */
export function bearerKey({ headers }: WireRequest): string | undefined {
  return /^Bearer (\S+)$/u.exec(headers.authorization ?? '')?.[1];
}
