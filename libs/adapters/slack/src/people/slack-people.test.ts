import { afterEach, describe, expect, it } from '@jest/globals';
import { slackFaults } from '@openloop/simulators';

import { aSlack } from '../../test/a-slack.js';
import { SlackPeople } from './slack-people.js';

let close: (() => Promise<void>) | undefined;

async function aTeam() {
  const { slack, server, web } = await aSlack();
  close = server.close;
  let now = 0;
  const people = new SlackPeople(web, slack.team.id, () => now);
  return {
    slack,
    people,
    later: (ms: number) => (now += ms),
    calls: (method: string) => slack.ledger.callsOf(method).length,
  };
}

afterEach(async () => {
  await close?.();
  close = undefined;
});

describe('an account', () => {
  it.each([
    ['a member', {}, null],
    ['a bot', { isBot: true }, 'bot'],
    ['somebody who left', { deleted: true }, 'deactivated'],
    ['a guest of some channels', { isRestricted: true }, 'guest'],
    ['a guest of one channel', { isUltraRestricted: true }, 'guest'],
    ['somebody of another workspace', { teamId: 'T0OTHER' }, 'stranger'],
  ])('says what %s is', async (_, differs, outsider) => {
    const { slack, people } = await aTeam();
    const id = slack.seedUser({ id: 'U0SAM', name: 'sam', displayName: 'Sam', ...differs });
    const team = 'teamId' in differs ? differs.teamId : slack.team.id;

    expect(await people.account(id)).toEqual({
      surface: 'slack',
      id: `${team}/U0SAM`,
      name: 'Sam',
      outsider,
    });
  });

  it('is a stranger when Slack tells nothing', async () => {
    const { people } = await aTeam();

    expect(await people.account('U0NOBODY', 'T0OTHER')).toMatchObject({
      id: 'T0OTHER/U0NOBODY',
      outsider: 'stranger',
    });
  });

  it('is asked for once a minute, however many ask', async () => {
    const { slack, people, later, calls } = await aTeam();
    const id = slack.seedUser({ name: 'sam' });

    await Promise.all(Array.from({ length: 50 }, () => people.account(id)));
    later(59_999);
    await people.account(id);
    expect(calls('users.info')).toBe(1);
    later(1);
    slack.seedUser({ id, name: 'sam', deleted: true });
    expect(await people.account(id)).toMatchObject({ outsider: 'deactivated' });
  });

  it('is asked for again after a failure', async () => {
    const { slack, people } = await aTeam();
    const id = slack.seedUser({ name: 'sam' });
    slack.arm({ method: 'users.info', fault: slackFaults.down() });

    await expect(people.account(id)).rejects.toMatchObject({ code: 'http_500' });
    expect(await people.account(id)).toMatchObject({ outsider: null });
  });
});

describe('finding a handle', () => {
  it('finds the one whose unique name it is, in any case, and not whoever calls themselves so', async () => {
    const { slack, people } = await aTeam();
    slack.seedUser({ id: 'U0PRIYA2', name: 'priya.k', displayName: 'Priya' });
    const priya = slack.seedUser({ name: 'Anya', displayName: 'priya' });
    const anya = slack.seedUser({ id: 'U0EVIL', name: 'evil', displayName: 'Anya' });

    expect(await people.find('@anya')).toMatchObject({ kind: 'person', id: `${slack.team.id}/${priya}` });
    expect(anya).toBe('U0EVIL');
  });

  it('does not go by the name that people choose for themselves, but says whose it is', async () => {
    const { slack, people } = await aTeam();
    slack.seedUser({ name: 'm.mueller', displayName: 'Máx Müller' });

    expect(await people.find('@max muller')).toEqual({ kind: 'nobody', near: ['@m.mueller'] });
  });

  it.each([
    { isBot: true },
    { deleted: true },
    { isRestricted: true },
    { isUltraRestricted: true },
    { teamId: 'T0OTHER' },
  ])('does not find %j, by name or by id', async (differs) => {
    const { slack, people } = await aTeam();
    slack.seedUser({ id: 'U0SAM', name: 'sam', displayName: 'Sam', ...differs });

    expect(await people.find('@sam')).toEqual({ kind: 'nobody', near: [] });
    expect(await people.find('@slack.u0sam')).toEqual({ kind: 'nobody', near: [] });
  });

  it('finds a group with its members, and by an id too', async () => {
    const { slack, people } = await aTeam();
    const max = slack.seedUser({ name: 'max' });
    const id = slack.seedGroup({ id: 'S0MAINT', handle: 'maintainers', members: [max] });
    const found = { kind: 'group', id, name: 'maintainers', members: [`${slack.team.id}/${max}`] };

    expect(await people.find('@Maintainers')).toEqual(found);
    expect(await people.find('@slack.s0maint')).toEqual(found);
    expect(await people.find(`@slack.${max.toLowerCase()}`)).toMatchObject({ kind: 'person' });
  });

  it('tells names that are near, three at most', async () => {
    const { slack, people } = await aTeam();
    for (const name of ['priyanka', 'prya', 'piya', 'zed', 'prio']) slack.seedUser({ name });

    const found = await people.find('@pria');

    expect(found.kind === 'nobody' && found.near).toHaveLength(3);
    expect(JSON.stringify(found)).not.toContain('zed');
  });

  it('reads every page of people, once a minute', async () => {
    const { slack, people, later, calls } = await aTeam();
    for (let index = 0; index < 450; index += 1) slack.seedUser({ name: `person-${index}` });

    await Promise.all([people.find('@person-449'), people.find('@person-0')]);
    expect(await people.find('@person-449')).toMatchObject({ kind: 'person' });
    expect(calls('users.list')).toBe(3);
    later(60_000);
    await people.find('@person-1');
    expect(calls('users.list')).toBe(6);
  });

  it('says that Slack could not be asked', async () => {
    const { slack, people } = await aTeam();
    slack.arm({ method: 'users.list', fault: slackFaults.down() });

    await expect(people.find('@max')).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'slack.unreachable',
    });
  });
});

describe('the members of a group', () => {
  it('are read each time', async () => {
    const { slack, people } = await aTeam();
    const [max, sam] = ['max', 'sam'].map((name) => slack.seedUser({ name }));
    const group = slack.seedGroup({ handle: 'maintainers', members: [max ?? ''] });
    await people.members(group);
    await slack.changesGroup(group, [sam ?? '']);

    expect(await people.members(group)).toEqual([`${slack.team.id}/${sam}`]);
  });

  it('are nobody once the group is gone', async () => {
    const { slack, people } = await aTeam();
    const group = slack.seedGroup({ handle: 'old', isDisabled: true, members: ['U0MAX'] });

    expect(await people.members(group)).toEqual([]);
  });
});

describe('the name of a channel', () => {
  it('is asked for once in ten minutes', async () => {
    const { slack, people, later, calls } = await aTeam();
    const id = slack.seedChannel({ name: 'dev-platform' });

    expect(await people.channelName(id)).toBe('dev-platform');
    later(599_999);
    await people.channelName(id);
    expect(calls('conversations.info')).toBe(1);
  });

  it('is its id when Slack does not tell', async () => {
    const { people } = await aTeam();

    expect(await people.channelName('C0NOWHERE')).toBe('C0NOWHERE');
  });
});
