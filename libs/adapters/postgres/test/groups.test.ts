import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshen } from '@openloop/access';
import { execute } from '@openloop/actions';
import type { Principal } from '@openloop/kernel';
import { sql } from 'kysely';

import { PostgresPeopleStore } from '../src/index.js';
import {
  actionRow,
  answer,
  aTeam,
  held,
  openBench,
  revise,
  type Bench,
  type Team,
  toolboxOf,
  change,
} from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

const GROUP = { surface: 'slack', groupId: 'S0MAINT', name: 'Maintainers' };

describe('a group of approvers', () => {
  it('lets its members decide, and nobody else', async () => {
    const { team, member, people } = await aGroup();
    const { person: other } = await people.admit({ surface: 'slack', id: 'T1/U9', name: 'max' });
    const waiting = await held(team);

    expect(await answer(team, waiting, other)).toMatchObject({ kind: 'refused', code: 'not_an_approver' });
    expect(await answer(team, waiting, member)).toMatchObject({ kind: 'decided' });
  });

  it('counts as of now: who was taken out may not decide', async () => {
    const { team, member, people } = await aGroup();
    const waiting = await held(team);
    await people.saveGroup({ ...GROUP, members: ['T1/U9'] });

    expect(await answer(team, waiting, member)).toMatchObject({ code: 'not_an_approver' });
  });

  it('entitles nobody while it is not known who is in it', async () => {
    const { team, member, people } = await aGroup();
    const waiting = await held(team);
    await people.doubtGroup(GROUP);

    expect(await answer(team, waiting, member)).toMatchObject({ code: 'not_an_approver' });
    expect(await asked(people, () => Promise.reject(new Error('away')))).toBe(false);
    expect(await answer(team, waiting, member)).toMatchObject({ code: 'not_an_approver' });
    expect(await asked(people, async () => ['T1/U1'])).toBe(true);
    expect(await answer(team, waiting, member)).toMatchObject({ kind: 'decided' });
  });

  it('is asked for again only when its membership is old', async () => {
    const { team, people } = await aGroup();
    let times = 0;
    const membersOf = async () => {
      times += 1;
      return ['T1/U1'];
    };

    await asked(people, membersOf);
    expect(times).toBe(0);
    await team.db
      .updateTable('surface_groups')
      .set({ refreshed_at: sql<Date>`clock_timestamp() - interval '30 seconds'` })
      .where('workspace_id', '=', team.workspace)
      .execute();
    await asked(people, membersOf);
    expect(times).toBe(1);
  });

  it('that changed while it was being read is not believed', async () => {
    const { team, member, people } = await aGroup();
    const waiting = await held(team);
    await people.doubtGroup(GROUP);

    await asked(people, async () => {
      await people.doubtGroup(GROUP);
      return ['T1/U1'];
    });

    expect(await answer(team, waiting, member)).toMatchObject({ code: 'not_an_approver' });
  });

  it('that cannot be asked keeps an approved action waiting, not refused', async () => {
    const { team, member, people } = await aGroup();
    const waiting = await held(team);
    await answer(team, waiting, member);
    await people.doubtGroup(GROUP);
    const parts = { transact: team.transact, toolbox: toolboxOf(team.catalog) };

    await execute(parts, team.workspace, waiting.actionId, { areVotersKnown: false });
    expect(await actionRow(team, waiting.actionId)).toMatchObject({ state: 'ready' });
    expect(team.target.sent).toHaveLength(0);

    await asked(people, async () => ['T1/U1']);
    await change(bench, sql`update actions set not_before = null where id = ${waiting.actionId}`);
    await execute(parts, team.workspace, waiting.actionId);
    expect(await actionRow(team, waiting.actionId)).toMatchObject({ state: 'done' });
  });

  it('whose approver left before the send stops the send', async () => {
    const { team, member, people } = await aGroup();
    const waiting = await held(team);
    await answer(team, waiting, member);
    await people.saveGroup({ ...GROUP, members: [] });

    await execute(
      { transact: team.transact, toolbox: toolboxOf(team.catalog) },
      team.workspace,
      waiting.actionId,
    );

    expect(await actionRow(team, waiting.actionId)).toMatchObject({ state: 'refused' });
    expect(team.target.sent).toHaveLength(0);
  });
});

describe('an account of somebody who voted', () => {
  it('that is no member’s any more takes the vote with it', async () => {
    const { team, people } = await aGroup();
    const revision = await revise(team, { approvals: { approvers: ['@slack.u1', '@ben'], minApprovals: 2 } });
    const waiting = await held({ ...team, agent: revision.agent, revision });
    const { person } = await people.admit({ surface: 'slack', id: 'T1/U1', name: 'Eva' });
    await answer(team, waiting, person);
    await change(bench, sql`update identity_links set checked_at = 'epoch' where external_id = 'T1/U1'`);

    await freshen(
      people,
      { membersOf: async () => [], isMember: async () => false },
      { handles: [], voters: [person.id] },
    );

    expect(await answer(team, waiting, team.ben)).toMatchObject({ kind: 'voted', have: 1, need: 2 });
  });

  it('that cannot be asked about keeps an approved action waiting', async () => {
    const { team, people } = await aGroup();
    const revision = await revise(team, { approvals: { approvers: ['@slack.u1'] } });
    const waiting = await held({ ...team, agent: revision.agent, revision });
    const { person } = await people.admit({ surface: 'slack', id: 'T1/U1', name: 'Eva' });
    await answer(team, waiting, person);
    const parts = { transact: team.transact, toolbox: toolboxOf(team.catalog) };

    await execute(parts, team.workspace, waiting.actionId, { areVotersKnown: false });

    expect(await actionRow(team, waiting.actionId)).toMatchObject({ state: 'ready' });
    expect(team.target.sent).toHaveLength(0);
  });

  it('is one person’s for ever', async () => {
    const { team, people } = await aGroup();

    await expect(
      change(bench, sql`update identity_links set principal_id = ${team.ana.id} where external_id = 'T1/U1'`),
    ).rejects.toThrow(/never changed/);
    await expect(people.admit({ surface: 'slack', id: 'T2/U1', name: 'Other' })).rejects.toMatchObject({
      code: 'people.account_taken',
    });
  });
});

describe('a handle in an agent’s file', () => {
  it('stands for the same person for ever, whatever they or others are called later', async () => {
    const { team, people } = await aGroup();
    const { person: priya } = await people.admit({ surface: 'slack', id: 'T1/U0PRIYA', name: 'Priya' });
    const { person: fake } = await people.admit({ surface: 'slack', id: 'T1/U0FAKE', name: 'Priya' });
    await people.addHandle('@priya', { principalId: priya.id });
    await people.addHandle('@priya', { principalId: fake.id });

    expect(await people.findByHandle('@priya')).toMatchObject({ id: priya.id });
    expect((await people.ensure({ id: fake.id, handle: '@priya', name: 'x' })).id).toBe(priya.id);
    await expect(
      team.db.updateTable('handles').set({ principal_id: fake.id }).where('handle', '=', '@priya').execute(),
    ).rejects.toThrow(/never changed/);
  });

  it('of a group cannot become a person', async () => {
    const { people } = await aGroup();

    await expect(people.ensure({ id: 'usr_x', handle: '@maintainers', name: 'x' })).rejects.toMatchObject({
      code: 'people.group_handle',
    });
  });
});

function asked(people: PostgresPeopleStore, membersOf: () => Promise<string[]>): Promise<boolean> {
  const handles = ['@maintainers', '@ana'] as const;
  return freshen(people, { membersOf, isMember: async () => true }, { handles, voters: [] });
}

async function aGroup(): Promise<{ team: Team; member: Principal; people: PostgresPeopleStore }> {
  const team = await aTeam(bench);
  const people = new PostgresPeopleStore(team.db, team.workspace);
  const { person: member } = await people.admit({ surface: 'slack', id: 'T1/U1', name: 'Eva' });
  await people.saveGroup({ ...GROUP, members: ['T1/U1'] });
  await people.addHandle('@maintainers', GROUP);
  const revision = await revise(team, { approvals: { approvers: ['@maintainers'] } });
  return { team: { ...team, agent: revision.agent, revision }, member, people };
}
