import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authenticate, mintKey, type NewApiKey } from '@openloop/access';
import { PostgresAgentStore, PostgresKeyRing, PostgresPeopleStore } from '../src/index.js';
import { newId, type Handle } from '@openloop/kernel';
import { sql } from 'kysely';

import { aTeam, change, openBench, revise, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('people', () => {
  it('are made once per handle, also by many at once', async () => {
    const team = await aTeam(bench);
    const people = peopleOf(team);

    const made = await Promise.all(
      Array.from({ length: 8 }, () => people.ensure({ id: newId('usr'), handle: '@dora', name: 'Dora' })),
    );

    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await people.findByHandle('@dora')).toEqual(made[0]);
    expect(await people.find(made[0]!.id)).toEqual({ ...made[0], disabled: false });
  });

  it('of another workspace are not there', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const people = peopleOf(others);

    expect(await people.find(team.ana.id)).toBeNull();
    expect((await people.findByHandle('@ana'))?.id).toBe(others.ana.id);
  });

  it('who are disabled hold their handle no longer', async () => {
    const team = await aTeam(bench);
    await change(bench, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ana.id}`);
    const people = peopleOf(team);

    const kinds = [...(await people.meanings(['@ana', '@ben', '@nobody']))].map(([handle, { kind }]) => [
      handle,
      kind,
    ]);
    expect(kinds.toSorted()).toEqual([
      ['@ana', 'gone'],
      ['@ben', 'person'],
    ]);
    expect((await people.meanings([])).size).toBe(0);
    expect(await people.find(team.ana.id)).toMatchObject({ disabled: true });
  });

  it.each(['ana', '@Ana', '@', '@a b', '@аna', '@-a'])('have no handle like %s', async (handle) => {
    const team = await aTeam(bench);

    await expect(
      peopleOf(team).ensure({ id: newId('usr'), handle: handle as Handle, name: 'A' }), // wrong on purpose
    ).rejects.toMatchObject({ code: '23514' });
  });
});

describe('keys', () => {
  it('are found by their hash alone, with whose they are, and are not readable', async () => {
    const team = await aTeam(bench);
    const { secret, key } = aKey(team);
    const kept = await peopleOf(team).addKey(key);

    const caller = await authenticate(`Bearer ${secret.reveal()}`, ringOf(bench), new Date());

    expect(caller).toEqual({
      workspaceId: team.workspace,
      principal: team.ana,
      keyId: key.id,
      scopes: ['approvals:decide', 'runs:read'],
    });
    expect(kept).toMatchObject({ name: 'laptop', prefix: secret.reveal().slice(0, 12), lastUsedAt: null });
    const { rows } = await sql<{ text: string }>`select api_keys::text as text from api_keys`.execute(
      bench.db,
    );
    expect(rows.map(({ text }) => text).join()).not.toContain(secret.reveal());
  });

  it('that nobody has, that were revoked or expired, or of somebody disabled let nobody in', async () => {
    const team = await aTeam(bench);
    const people = peopleOf(team);
    const [revoked, expired, disabled] = [
      aKey(team),
      aKey(team, { expiresInDays: 1 }),
      aKey(team, { principal: team.ben }),
    ];
    for (const { key } of [revoked, expired, disabled]) await people.addKey(key);
    await people.revokeKey(revoked.key.id);
    await change(bench, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ben.id}`);
    const tomorrow = new Date(Date.now() + 86_401_000);
    const tried = (text: string) => authenticate(`Bearer ${text}`, ringOf(bench), tomorrow);

    await expect(tried(aKey(team).secret.reveal())).rejects.toMatchObject({ code: 'invalid_credentials' });
    await expect(tried(revoked.secret.reveal())).rejects.toMatchObject({ code: 'key_revoked' });
    await expect(tried(expired.secret.reveal())).rejects.toMatchObject({ code: 'key_expired' });
    await expect(tried(disabled.secret.reveal())).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  it('keep the time they were first revoked, and are revoked only in their workspace', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const { key } = aKey(team);
    await peopleOf(team).addKey(key);

    expect(await peopleOf(others).revokeKey(key.id)).toBeNull();
    const first = await peopleOf(team).revokeKey(key.id);
    const second = await peopleOf(team).revokeKey(key.id);

    expect(first?.revokedAt).toBeInstanceOf(Date);
    expect(second?.revokedAt).toEqual(first?.revokedAt);
    expect(await peopleOf(others).keys()).toEqual([]);
    expect((await peopleOf(team).keys()).map(({ id }) => id)).toEqual([key.id]);
  });

  it('remember when they were used', async () => {
    const team = await aTeam(bench);
    const { key } = aKey(team);
    await peopleOf(team).addKey(key);

    await ringOf(bench).touched(key.id);

    expect((await peopleOf(team).keys())[0]?.lastUsedAt).toBeInstanceOf(Date);
  });
});

describe('agents', () => {
  it('have one current revision, and every earlier one as it was', async () => {
    const team = await aTeam(bench);
    const agents = agentsOf(team);
    const second = await revise(team, { instructions: 'Be brief.' });

    expect(await agents.findByName('demo')).toMatchObject({
      id: team.revision.agentId,
      current: { revision: 2 },
    });
    expect((await agents.revision(team.revision.agentId, 1))?.agent).toEqual(team.agent);
    expect((await agents.revisions(team.revision.agentId)).map(({ digest }) => digest)).toEqual([
      second.digest,
      team.revision.digest,
    ]);
    expect(second.authorityDigest).toBe(team.revision.authorityDigest);
    expect((await agents.list()).map(({ id }) => id)).toEqual([team.revision.agentId]);
  });

  it('are not there for another workspace', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];

    expect((await agentsOf(others).findByName('demo'))?.id).toBe(others.revision.agentId);
    expect(await agentsOf(others).revision(team.revision.agentId, 1)).toBeNull();
    expect(await agentsOf(others).revisions(team.revision.agentId)).toEqual([]);
  });

  it('never get a revision number twice, nor a name twice', async () => {
    const team = await aTeam(bench);
    const again = { ...team.revision, agentId: newId('agt') };

    await expect(agentsOf(team).addRevision(team.revision)).rejects.toMatchObject({ code: '23505' });
    await expect(agentsOf(team).create(again.agentId, 'demo', again)).rejects.toMatchObject({
      code: '23505',
    });
  });
});

function peopleOf({ db, workspace }: Team): PostgresPeopleStore {
  return new PostgresPeopleStore(db, workspace);
}

function agentsOf({ db, workspace }: Team): PostgresAgentStore {
  return new PostgresAgentStore(db, workspace);
}

function ringOf({ db }: Bench): PostgresKeyRing {
  return new PostgresKeyRing(db);
}

function aKey(team: Team, about: Partial<Pick<NewApiKey, 'principal' | 'expiresInDays'>> = {}) {
  const scopes = ['approvals:decide', 'runs:read'] as const;
  return mintKey({ name: 'laptop', scopes, principal: team.ana, expiresInDays: null, ...about });
}
