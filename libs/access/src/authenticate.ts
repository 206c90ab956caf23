import { AppError } from '@openloop/kernel';

import { hashKey, type ApiKey, type Caller } from './api-key.js';
import type { KeyRing } from './people-store.js';

/** How exact `lastUsedAt` is. */
const TOUCH_EVERY_MS = 60_000;

/**
 * Who is behind an `Authorization` header.
 * @throws AppError `unauthenticated`: `missing_credentials`, `invalid_credentials`, `key_revoked`, `key_expired`.
 */
export async function authenticate(header: string | undefined, keys: KeyRing, now: Date): Promise<Caller> {
  const text = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (!text) {
    throw unauthenticated('missing_credentials', 'No API key was sent', 'Send `Authorization: Bearer olk_…`');
  }
  const found = await keys.findByHash(hashKey(text));
  if (!found || found.disabled) {
    throw unauthenticated(
      'invalid_credentials',
      'The API key is not valid',
      'Check OPENLOOP_TOKEN; beside `openloop dev` the key is in .openloop/dev.json',
    );
  }
  const { workspaceId, key } = found;
  refuseEnded(key, now);
  if (isDueForTouch(key, now)) await keys.touched(key.id);
  return { workspaceId, principal: key.principal, keyId: key.id, scopes: key.scopes };
}

function refuseEnded({ revokedAt, expiresAt }: ApiKey, now: Date): void {
  const again =
    'Somebody with an admin’s key makes a new one: `openloop keys create NAME --for @HANDLE --scope SCOPE`';
  if (revokedAt) throw unauthenticated('key_revoked', 'The API key was revoked', again);
  if (expiresAt && expiresAt <= now) throw unauthenticated('key_expired', 'The API key has expired', again);
}

function isDueForTouch({ lastUsedAt }: ApiKey, now: Date): boolean {
  return !lastUsedAt || now.getTime() - lastUsedAt.getTime() > TOUCH_EVERY_MS;
}

function unauthenticated(code: string, message: string, hint: string): AppError {
  return new AppError('unauthenticated', code, message, { hint });
}
