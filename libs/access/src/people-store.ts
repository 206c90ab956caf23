import type { Handle, KeyId, Principal, PrincipalId, WorkspaceId } from '@openloop/kernel';

import type { ApiKey, NewApiKey } from './api-key.js';

/** The people of one workspace and the keys they act with. */
export interface PeopleStore {
  find(id: PrincipalId): Promise<(Principal & { disabled: boolean }) | null>;
  findByHandle(handle: Handle): Promise<Principal | null>;
  /** Which of these handles somebody holds. */
  existing(handles: readonly Handle[]): Promise<Handle[]>;
  /** Gives the principal with this handle, made now when there was none. */
  ensure(principal: Principal): Promise<Principal>;
  addKey(key: NewApiKey): Promise<ApiKey>;
  /** `null` when there is no such key; revoking twice changes nothing. */
  revokeKey(id: KeyId): Promise<ApiKey | null>;
  keys(): Promise<ApiKey[]>;
}

/** Finds keys before it is known whose workspace they belong to. */
export interface KeyRing {
  findByHash(hash: string): Promise<{ workspaceId: WorkspaceId; key: ApiKey; disabled: boolean } | null>;
  touched(id: KeyId): Promise<void>;
}
