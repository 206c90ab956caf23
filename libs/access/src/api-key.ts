import { createHash, randomBytes } from 'node:crypto';

import { newId, Secret, type KeyId, type Principal, type Scope, type WorkspaceId } from '@openloop/kernel';

/** A key as it is kept: recognisable by its prefix, never readable again. */
export interface ApiKey {
  id: KeyId;
  name: string;
  prefix: string;
  scopes: readonly Scope[];
  principal: Principal;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

export interface NewApiKey {
  id: KeyId;
  name: string;
  prefix: string;
  hash: string;
  scopes: readonly Scope[];
  principal: Principal;
  expiresInDays: number | null;
}

const KEY_BYTES = 32;
const PREFIX_CHARS = 12;

/** A new key: the secret goes to its owner once, the rest is stored. */
export function mintKey(facts: Pick<NewApiKey, 'name' | 'scopes' | 'principal' | 'expiresInDays'>): {
  secret: Secret;
  key: NewApiKey;
} {
  const text = `olk_${randomBytes(KEY_BYTES).toString('base64url')}`;
  return {
    secret: new Secret(text),
    key: { ...facts, id: newId('key'), prefix: prefixOf(text), hash: hashKey(text) },
  };
}

/** SHA-256 in hex. The key holds 256 random bits, so no slow hash is needed. */
export function hashKey(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

export function prefixOf(text: string): string {
  return text.slice(0, PREFIX_CHARS);
}

/** Who is calling, proven by a key. */
export interface Caller {
  workspaceId: WorkspaceId;
  principal: Principal;
  keyId: KeyId;
  scopes: readonly Scope[];
}
