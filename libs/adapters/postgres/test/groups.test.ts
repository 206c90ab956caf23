import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshenGroups } from '@openloop/access';
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
    expect(await freshenGroups(people, () => Promise.reject(new Error('away')), ['@maintainers'])).toBe(
      false,
    );
    expect(await answer(team, waiting, member)).toMatchObject({ code: 'not_an_approver' });
    expect(await freshenGroups(people, async () => ['T1/U1'], ['@maintainers'])).toBe(true);
    expect(await answer(team, waiting, member)).toMatchObject({ kind: 'decided' });
  });

  it('is asked for again only when its membership is old', async () => {
    const { team, people } = await aGroup();
    let asked = 0;
    const membersOf = async () => {
      asked += 1;
      return ['T1/U1'];
    };

    await freshenGroups(people, membersOf, ['@maintainers', '@ana']);
    expect(asked).toBe(0);
    await team.db
      .updateTable('surface_groups')
      .set({ refreshed_at: sql<Date>`clock_timestamp() - interval '30 seconds'` })
      .where('workspace_id', '=', team.workspace)
      .execute();
    await freshenGroups(people, membersOf, ['@maintainers', '@ana']);
    expect(asked).toBe(1);
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

async function aGroup(): Promise<{ team: Team; member: Principal; people: PostgresPeopleStore }> {
  const team = await aTeam(bench);
  const people = new PostgresPeopleStore(team.db, team.workspace);
  const { person: member } = await people.admit({ surface: 'slack', id: 'T1/U1', name: 'Eva' });
  await people.saveGroup({ ...GROUP, members: ['T1/U1'] });
  await people.addHandle('@maintainers', GROUP);
  const revision = await revise(team, { approvals: { approvers: ['@maintainers'] } });
  return { team: { ...team, agent: revision.agent, revision }, member, people };
}
