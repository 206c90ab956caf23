import type { ApiKey, KeyRing } from '@openloop/access';
import type { Handle, KeyId, Principal, PrincipalId, Scope, WorkspaceId } from '@openloop/kernel';
import { sql, type Kysely, type Selectable } from 'kysely';

import type { Schema } from './schema.js';

type KeyRow = Selectable<Schema['api_keys']> & { handle: string; person_name: string };

/** Looks keys up before their workspace is known: the hash of 256 random bits names at most one. */
export class PostgresKeyRing implements KeyRing {
  constructor(private readonly db: Kysely<Schema>) {}

  async findByHash(
    hash: string,
  ): Promise<{ workspaceId: WorkspaceId; key: ApiKey; disabled: boolean } | null> {
    const row = await keysOf(this.db)
      .select('principals.disabled_at')
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (!row) return null;
    return {
      workspaceId: row.workspace_id as WorkspaceId,
      key: toKey(row),
      disabled: row.disabled_at !== null,
    }; // ids keep their prefix
  }

  async touched(id: KeyId): Promise<void> {
    await this.db
      .updateTable('api_keys')
      .set({ last_used_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .execute();
  }
}

export function keysOf(db: Kysely<Schema>) {
  return db
    .selectFrom('api_keys')
    .innerJoin('principals', 'principals.id', 'api_keys.principal_id')
    .selectAll('api_keys')
    .select(['principals.handle', 'principals.name as person_name']);
}

export function toPrincipal({ id, handle, name }: { id: string; handle: string; name: string }): Principal {
  return { id: id as PrincipalId, handle: handle as Handle, name }; // the table's checks keep both shapes
}

export function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id as KeyId, // ids keep their prefix
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as Scope[], // only known scopes are ever written
    principal: toPrincipal({ id: row.principal_id, handle: row.handle, name: row.person_name }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
