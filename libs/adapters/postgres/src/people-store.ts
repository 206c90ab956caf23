import type { ApiKey, KeyRing, NewApiKey, PeopleStore } from '@openloop/access';
import type { Handle, KeyId, Principal, PrincipalId, WorkspaceId, Scope } from '@openloop/kernel';
import { sql, type Kysely, type Selectable } from 'kysely';

import type { Schema } from './schema.js';

type KeyRow = Selectable<Schema['api_keys']> & { handle: string; person_name: string };

export class PostgresPeopleStore implements PeopleStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async find(id: PrincipalId): Promise<(Principal & { disabled: boolean }) | null> {
    const row = await this.#people().where('id', '=', id).executeTakeFirst();
    return row ? { ...toPrincipal(row), disabled: row.disabled_at !== null } : null;
  }

  async findByHandle(handle: Handle): Promise<Principal | null> {
    const row = await this.#people().where('handle', '=', handle).executeTakeFirst();
    return row ? toPrincipal(row) : null;
  }

  async existing(handles: readonly Handle[]): Promise<Handle[]> {
    if (handles.length === 0) return [];
    const rows = await this.#people()
      .where('handle', 'in', handles)
      .where('disabled_at', 'is', null)
      .execute();
    return rows.map((row) => toPrincipal(row).handle);
  }

  async ensure({ id, handle, name }: Principal): Promise<Principal> {
    await this.db
      .insertInto('principals')
      .values({ id, workspace_id: this.workspace, handle, name })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'handle']).doNothing())
      .execute();
    const row = await this.#people().where('handle', '=', handle).executeTakeFirstOrThrow();
    return toPrincipal(row);
  }

  async addKey({ id, name, prefix, hash, scopes, principal, expiresInDays }: NewApiKey): Promise<ApiKey> {
    await this.db
      .insertInto('api_keys')
      .values({
        id,
        workspace_id: this.workspace,
        principal_id: principal.id,
        name,
        prefix,
        hash,
        scopes: [...scopes],
        expires_at:
          expiresInDays === null
            ? null
            : sql<Date>`clock_timestamp() + make_interval(days => ${expiresInDays})`,
      })
      .execute();
    const row = await this.#keys().where('api_keys.id', '=', id).executeTakeFirstOrThrow();
    return toKey(row);
  }

  async revokeKey(id: KeyId): Promise<ApiKey | null> {
    await this.db
      .updateTable('api_keys')
      .set({ revoked_at: sql<Date>`coalesce(revoked_at, clock_timestamp())` })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .execute();
    const row = await this.#keys().where('api_keys.id', '=', id).executeTakeFirst();
    return row ? toKey(row) : null;
  }

  async keys(): Promise<ApiKey[]> {
    return (await this.#keys().orderBy('api_keys.created_at', 'desc').execute()).map(toKey);
  }

  #people() {
    return this.db.selectFrom('principals').selectAll().where('workspace_id', '=', this.workspace);
  }

  #keys() {
    return keysOf(this.db).where('api_keys.workspace_id', '=', this.workspace);
  }
}

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

function keysOf(db: Kysely<Schema>) {
  return db
    .selectFrom('api_keys')
    .innerJoin('principals', 'principals.id', 'api_keys.principal_id')
    .selectAll('api_keys')
    .select(['principals.handle', 'principals.name as person_name']);
}

function toPrincipal({ id, handle, name }: { id: string; handle: string; name: string }): Principal {
  return { id: id as PrincipalId, handle: handle as Handle, name }; // the table's checks keep both shapes
}

function toKey(row: KeyRow): ApiKey {
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
