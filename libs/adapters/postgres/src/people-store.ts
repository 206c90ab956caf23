import type {
  AccountRef,
  ApiKey,
  AskedGroup,
  GroupRef,
  Meaning,
  NewApiKey,
  PeopleStore,
} from '@openloop/access';
import {
  AppError,
  newId,
  type Handle,
  type KeyId,
  type Principal,
  type PrincipalId,
  type WorkspaceId,
} from '@openloop/kernel';
import { sql, type Kysely } from 'kysely';

import { keysOf, toKey, toPrincipal } from './key-ring.js';
import type { Schema } from './schema.js';

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
    const row = await this.#people()
      .where((where) =>
        where.or([
          where('handle', '=', handle),
          where('id', '=', this.#aliases().select('principal_id').where('handle', '=', handle)),
        ]),
      )
      .executeTakeFirst();
    return row ? toPrincipal(row) : null;
  }

  async meanings(handles: readonly Handle[]): Promise<Map<Handle, Meaning>> {
    if (handles.length === 0) return new Map();
    const own = await this.#people().select(SURFACES).where('handle', 'in', handles).execute();
    const given = await this.#aliases()
      .leftJoin('surface_groups', (join) =>
        join
          .onRef('surface_groups.workspace_id', '=', 'handles.workspace_id')
          .onRef('surface_groups.surface', '=', 'handles.surface')
          .onRef('surface_groups.external_id', '=', 'handles.group_id'),
      )
      .select(['handles.handle', 'handles.principal_id', 'handles.surface', 'surface_groups.members'])
      .select(SURFACES)
      .leftJoin('principals', 'principals.id', 'handles.principal_id')
      .select('principals.disabled_at')
      .where('handles.handle', 'in', handles)
      .execute();
    return new Map([
      ...own.map((row): [Handle, Meaning] => {
        const { id, handle } = toPrincipal(row);
        return [handle, row.disabled_at ? { kind: 'gone' } : { kind: 'person', id, surfaces: row.surfaces }];
      }),
      ...given.map((row): [Handle, Meaning] => [
        row.handle as Handle, // the table's check
        givenMeaning(row),
      ]),
    ]);
  }

  async byAccount({ surface, id }: AccountRef): Promise<(Principal & { disabled: boolean }) | null> {
    const row = await this.#people()
      .innerJoin('identity_links', 'identity_links.principal_id', 'principals.id')
      .where('identity_links.workspace_id', '=', this.workspace)
      .where('identity_links.surface', '=', surface)
      .where('identity_links.external_id', '=', id)
      .executeTakeFirst();
    return row ? { ...toPrincipal(row), disabled: row.disabled_at !== null } : null;
  }

  async admit(
    account: AccountRef & { name: string },
  ): Promise<{ person: Principal & { disabled: boolean }; isNew: boolean }> {
    const known = await this.byAccount(account);
    if (known) return { person: known, isNew: false };
    const { id, name } = { id: newId('usr'), name: account.name };
    const handle = accountHandle(account);
    const person = await this.ensure({ id, handle, name });
    const isNew = await this.#link(account, person.id);
    const linked = await this.byAccount(account);
    // Ids of accounts are unique in a product; one that meets another team's is nobody we know.
    if (linked?.id !== person.id || (person.id !== id && isNew)) {
      throw new AppError('conflict', 'people.account_taken', `${handle} is another account’s already`);
    }
    return { person: linked, isNew };
  }

  async addHandle(handle: Handle, means: { principalId: PrincipalId } | GroupRef): Promise<boolean> {
    await this.#lockHandle(handle);
    if ((await this.meanings([handle])).size > 0) return false;
    const of =
      'principalId' in means
        ? { principal_id: means.principalId }
        : { surface: means.surface, group_id: means.groupId };
    await this.db
      .insertInto('handles')
      .values({ workspace_id: this.workspace, handle, ...of })
      .execute();
    return true;
  }

  async saveGroup({
    surface,
    groupId,
    name,
    members,
  }: GroupRef & { name: string; members: readonly string[] }): Promise<void> {
    const read = { name, members: [...members], refreshed_at: sql<Date>`clock_timestamp()` };
    await this.db
      .insertInto('surface_groups')
      .values({ workspace_id: this.workspace, surface, external_id: groupId, ...read })
      .onConflict((conflict) =>
        conflict.columns(['workspace_id', 'surface', 'external_id']).doUpdateSet(read),
      )
      .execute();
  }

  async refreshGroup(
    { surface, groupId, askedAt, doubts }: AskedGroup,
    members: readonly string[],
  ): Promise<void> {
    await this.db
      .updateTable('surface_groups')
      .set({ members: [...members], refreshed_at: askedAt })
      .where('workspace_id', '=', this.workspace)
      .where('surface', '=', surface)
      .where('external_id', '=', groupId)
      .where('doubts', '=', doubts)
      .where('refreshed_at', '<', askedAt)
      .execute();
  }

  async staleGroups(handles: readonly Handle[], seconds: number): Promise<AskedGroup[]> {
    if (handles.length === 0) return [];
    const rows = await this.#aliases()
      .innerJoin('surface_groups', (join) =>
        join
          .onRef('surface_groups.workspace_id', '=', 'handles.workspace_id')
          .onRef('surface_groups.surface', '=', 'handles.surface')
          .onRef('surface_groups.external_id', '=', 'handles.group_id'),
      )
      .select(['surface_groups.surface', 'external_id', 'doubts'])
      .select(sql<Date>`clock_timestamp()`.as('now'))
      .where('handles.handle', 'in', handles)
      .where('refreshed_at', '<', ago(seconds))
      .execute();
    return rows.map(({ surface, external_id, doubts, now }) => ({
      surface,
      groupId: external_id,
      doubts,
      askedAt: now,
    }));
  }

  async staleAccounts(people: readonly PrincipalId[], seconds: number): Promise<AccountRef[]> {
    if (people.length === 0) return [];
    const rows = await this.db
      .selectFrom('identity_links')
      .select(['surface', 'external_id'])
      .where('workspace_id', '=', this.workspace)
      .where('principal_id', 'in', people)
      .where('checked_at', '<', ago(seconds))
      .execute();
    return rows.map(({ surface, external_id }) => ({ surface, id: external_id }));
  }

  async noteAccount({ surface, id }: AccountRef, isMember: boolean): Promise<void> {
    await this.db
      .updateTable('identity_links')
      .set({ is_member: isMember, checked_at: sql<Date>`clock_timestamp()` })
      .where('workspace_id', '=', this.workspace)
      .where('surface', '=', surface)
      .where('external_id', '=', id)
      .execute();
  }

  async doubtGroup({ surface, groupId }: GroupRef): Promise<void> {
    await this.db
      .updateTable('surface_groups')
      .set({ refreshed_at: new Date(0), doubts: sql<number>`doubts + 1` })
      .where('workspace_id', '=', this.workspace)
      .where('surface', '=', surface)
      .where('external_id', '=', groupId)
      .execute();
  }

  async ensure({ id, handle, name }: Principal): Promise<Principal> {
    await this.#lockHandle(handle);
    const given = await this.#aliases().selectAll().where('handle', '=', handle).executeTakeFirst();
    if (given?.group_id) {
      throw new AppError('conflict', 'people.group_handle', `${handle} is a group in ${given.surface}`, {
        hint: 'Name a person',
      });
    }
    if (given)
      return toPrincipal(await this.#people().where('id', '=', given.principal_id).executeTakeFirstOrThrow());
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

  /** False when the account is somebody's already. */
  async #link({ surface, id }: AccountRef, principalId: PrincipalId): Promise<boolean> {
    const row = await this.db
      .insertInto('identity_links')
      .values({ workspace_id: this.workspace, surface, external_id: id, principal_id: principalId })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'surface', 'external_id']).doNothing())
      .returning('principal_id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** A handle is given once: whoever wants the same one waits. */
  async #lockHandle(handle: Handle): Promise<void> {
    const name = `handle:${this.workspace}:${handle}`;
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(this.db);
  }

  #aliases() {
    return this.db.selectFrom('handles').where('handles.workspace_id', '=', this.workspace);
  }

  #people() {
    return this.db
      .selectFrom('principals')
      .selectAll('principals')
      .where('principals.workspace_id', '=', this.workspace);
  }

  #keys() {
    return keysOf(this.db).where('api_keys.workspace_id', '=', this.workspace);
  }
}

const SURFACES = sql<string[]>`array(
  select distinct surface from identity_links
  where identity_links.workspace_id = principals.workspace_id and principal_id = principals.id)`.as(
  'surfaces',
);

function givenMeaning(row: {
  principal_id: string | null;
  disabled_at: Date | null;
  surface: string | null;
  surfaces: string[];
  members: string[] | null;
}): Meaning {
  if (!row.principal_id) return { kind: 'group', surface: row.surface ?? '', members: row.members ?? [] };
  if (row.disabled_at) return { kind: 'gone' };
  return { kind: 'person', id: row.principal_id as PrincipalId, surfaces: row.surfaces }; // ids keep their prefix
}

/** `@slack.u0priya`: nobody can choose it, so no name on a surface can come to mean an approver. */
function accountHandle({ surface, id }: AccountRef): Handle {
  return `@${surface}.${id.slice(id.indexOf('/') + 1).toLowerCase()}`;
}

function ago(seconds: number) {
  return sql<Date>`clock_timestamp() - make_interval(secs => ${seconds})`;
}
