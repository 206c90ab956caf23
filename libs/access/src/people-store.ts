import type { Handle, KeyId, Principal, PrincipalId, WorkspaceId } from '@openloop/kernel';

import type { ApiKey, NewApiKey } from './api-key.js';

/** An account at a chat product, by the product's own id. */
export interface AccountRef {
  surface: string;
  id: string;
}

/** A group of accounts as a product keeps it. */
export interface GroupRef {
  surface: string;
  groupId: string;
}

/** A group as it was when it was about to be read. */
export interface AskedGroup extends GroupRef {
  /** By the database's clock. */
  askedAt: Date;
  /** How often the product had said that it changed. */
  doubts: number;
}

export type Meaning =
  /** Somebody who is not here any more: nobody else comes to be meant. */
  | { kind: 'gone' }
  /** With the surfaces on which an account is this person's. */
  | { kind: 'person'; id: PrincipalId; surfaces: readonly string[] }
  | { kind: 'group'; surface: string; members: readonly string[] };

/** The people of one workspace and the keys they act with. */
export interface PeopleStore {
  find(id: PrincipalId): Promise<(Principal & { disabled: boolean }) | null>;
  findByHandle(handle: Handle): Promise<Principal | null>;
  /** Who these handles stand for; the ones that stand for nobody are left out. */
  meanings(handles: readonly Handle[]): Promise<Map<Handle, Meaning>>;
  /**
   * Gives the principal with this handle, made now when there was none.
   * @throws AppError `conflict` / `people.group_handle` when the handle stands for a group
   */
  ensure(principal: Principal): Promise<Principal>;
  /** Whose account this is; `null` when it is nobody's yet. */
  byAccount(account: AccountRef): Promise<(Principal & { disabled: boolean }) | null>;
  /** Gives the person of an account, made now when there was none, with a handle nobody can choose: `@slack.u0priya`. */
  admit(
    account: AccountRef & { name: string },
  ): Promise<{ person: Principal & { disabled: boolean }; isNew: boolean }>;
  /**
   * From now on the handle stands for this person or this group, and never comes to mean another.
   * False when it stands for somebody already.
   */
  addHandle(handle: Handle, means: { principalId: PrincipalId } | GroupRef): Promise<boolean>;
  saveGroup(group: GroupRef & { name: string; members: readonly string[] }): Promise<void>;
  /** Keeps what was read since `asked`, unless the group is known to have changed meanwhile. */
  refreshGroup(asked: AskedGroup, members: readonly string[]): Promise<void>;
  /** The groups among these handles whose membership was read longer ago than this. */
  staleGroups(handles: readonly Handle[], seconds: number): Promise<AskedGroup[]>;
  /** The accounts of these people that were last looked at longer ago than this. */
  staleAccounts(people: readonly PrincipalId[], seconds: number): Promise<AccountRef[]>;
  /** Whether the product still has this account as a member's. One that is not one counts for nothing. */
  noteAccount(account: AccountRef, isMember: boolean): Promise<void>;
  /** What is known of a group's members no longer counts. */
  doubtGroup(group: GroupRef): Promise<void>;
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
