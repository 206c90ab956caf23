import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import { slackFaults, type SlackSimulator } from '@openloop/simulators';

import type { SlackOptions } from './options.js';
import { eventually } from './receive/testing/eventually.js';
import { World, type Mode } from '../test/inbound/world.js';

describe.each<Mode>(['socket', 'http'])('Slack over %s', (mode) => {
  let world: World;

  beforeEach(async () => {
    world = await World.start(mode);
  });

  afterEach(async () => {
    await world.close();
  });

  it('hears a mention twice with one key, and acknowledges both', async () => {
    const said = await world.slack.says(world.priya, world.dev, '@openloop list the open issues');
    expect(said.acked).toBe(true);
    expect(world.desk.heard).toHaveLength(2);
    expect(new Set(world.desk.heard.map(({ key }) => key))).toEqual(new Set([`${world.dev}/${said.ts}`]));
    expect(world.desk.heard[0]).toMatchObject({
      channelName: '#dev',
      author: { id: `T0ACME/${world.priya}`, outsider: null },
      text: 'list the open issues',
      mentions: 'agent',
    });
  });

  it('acknowledges nothing before it is kept', async () => {
    const { promise: kept, resolve: keep } = Promise.withResolvers<void>();
    world.desk.onHear = async () => {
      await kept;
      return { kind: 'queued', runId: 'run_1', isNew: true };
    };
    const said = world.slack.says(world.priya, world.dev, 'hello');
    await eventually(() => world.desk.heard.length === 1);
    // A whole round trip of something else, so that an early ack would have arrived by now.
    await world.surface.find('@nobody');
    expect(world.slack.ledger.deliveries.at(-1)?.acked).toBe(false);
    keep();
    expect((await said).acked).toBe(true);
  });

  it('does not acknowledge what could not be kept, and hears the retry', async () => {
    let tries = 0;
    world.desk.onHear = () => {
      tries += 1;
      if (tries < 3) return Promise.reject(new Error('the database is away'));
      return Promise.resolve({ kind: 'queued', runId: 'run_1', isNew: true });
    };
    if (mode === 'socket') {
      await world.close();
      world = await World.start(mode, { ackWithinMs: 100 });
      world.desk.onHear = () => {
        tries += 1;
        return tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve({ kind: 'muted' });
      };
    }
    await world.slack.says(world.priya, world.dev, 'hello');
    await world.slack.settled();
    const [delivery] = world.slack.ledger.deliveries.filter(({ about }) => about === 'message');
    expect(delivery?.attempts.map(({ outcome }) => outcome)).toEqual([
      expect.not.stringMatching('acked'),
      expect.not.stringMatching('acked'),
      'acked',
    ]);
  });

  it('takes a press, and a denial with its reason', async () => {
    const card = await world.card();
    const pressed = await world.slack.presses(world.priya, card, 'approval.approve');
    expect(pressed.acked).toBe(true);
    await world.slack.presses(world.priya, card, 'approval.deny');
    await eventually(() => world.slack.ledger.modals(world.priya).length === 1);
    const [form] = world.slack.ledger.modals(world.priya);
    const sent = await world.slack.submits(world.priya, form ?? { id: '' }, {
      reason: 'a duplicate',
      next: 'stop',
    });
    expect(sent).toMatchObject({ acked: true, errors: {}, isOpen: false });
    const by = expect.objectContaining({ id: `T0ACME/${world.priya}` });
    expect(world.desk.decided).toEqual([
      { press: { token: 'the-approve-token', channel: world.dev, by }, reason: null },
      {
        press: { token: 'the-deny-token', channel: world.dev, by },
        reason: { text: 'a duplicate', next: 'stop' },
      },
    ]);
  });

  it('keeps the form open when the denial could not be recorded', async () => {
    const card = await world.card();
    await world.slack.presses(world.priya, card, 'approval.deny');
    await eventually(() => world.slack.ledger.modals(world.priya).length === 1);
    const [form] = world.slack.ledger.modals(world.priya);
    world.desk.onDecide = () => Promise.reject(new Error('the database is away'));
    const sent = await world.slack.submits(world.priya, form ?? { id: '' });
    expect(sent).toMatchObject({
      acked: true,
      isOpen: true,
      errors: { reason: expect.stringContaining('not recorded') },
    });
  });

  it('tells a guest in the thread that they cannot decide', async () => {
    const card = await world.card();
    const guest = world.slack.seedUser({ name: 'guest', isUltraRestricted: true });
    await world.slack.joins(guest, world.dev);
    await world.slack.presses(guest, card, 'approval.approve');
    await eventually(() => world.slack.ledger.ephemerals(guest).length === 1);
    expect(world.slack.ledger.ephemerals(guest)[0]?.text).toContain('not linked as an approver');
    expect(world.desk.decided).toEqual([]);
  });

  it('tells by direct message who cannot be told in place', async () => {
    const card = await world.card();
    world.desk.onDecide = () => Promise.resolve({ kind: 'told', words: 'Already approved' });
    world.slack.arm({ method: 'chat.postEphemeral', fault: slackFaults.refused('user_not_in_channel') });
    await world.slack.presses(world.priya, card, 'approval.approve');
    const direct = world.slack.direct(world.priya);
    await eventually(() => world.slack.ledger.posts(direct).length === 1);
    expect(world.slack.ledger.posts(direct)[0]?.text).toBe('Already approved');
  });

  it('mutes a thread by 🔇 on one of its messages', async () => {
    const card = await world.card();
    const root = world.slack.ledger.message(world.dev, card.ts)?.threadTs;
    await world.slack.reacts(world.priya, card, 'mute');
    expect(world.desk.muted).toMatchObject([{ key: `${world.dev}/${root}`, isMuted: true }]);
    await eventually(
      () =>
        world.slack.ledger
          .message(world.dev, card.ts)
          ?.reactions.some(({ name }) => name === 'zipper_mouth_face') === true,
    );
  });

  it('lives through an event that is null', async () => {
    const body = { type: 'event_callback', team_id: 'T0ACME', event: null, event_id: 'Ev1' };
    await world.slack.sends('events_api', body);
    expect((await world.slack.says(world.priya, world.dev, 'still there?')).acked).toBe(true);
    expect(world.desk.reasons()).toEqual({ event_unreadable: 1 });
  });

  it('makes a stop wait for what is in hand, and takes nothing more', async () => {
    const { promise: kept, resolve: keep } = Promise.withResolvers<void>();
    world.desk.onHear = async () => {
      await kept;
      return { kind: 'queued', runId: 'run_1', isNew: true };
    };
    const said = world.slack.says(world.priya, world.dev, 'the last one');
    await eventually(() => world.desk.heard.length === 1);
    const stopped = world.surface.stop();
    keep();
    expect((await said).acked).toBe(true);
    await stopped;
    await world.slack.says(world.priya, world.dev, 'too late');
    expect(world.desk.heard).toHaveLength(1);
  });
});

describe('a socket', () => {
  let world: World;

  afterEach(async () => {
    await world.close();
  });

  it.each<[string, (slack: SlackSimulator) => void]>([
    ['asked to be refreshed', (slack) => slack.refreshSockets()],
    ['cut', (slack) => slack.dropSockets()],
  ])('that is %s is back in less than a second, and nothing is lost', async (_name, end) => {
    world = await World.start('socket');
    const startedAt = performance.now();
    end(world.slack);
    await world.slack.untilOpened(2);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    const said = await world.slack.says(world.priya, world.dev, 'hello');
    await world.slack.settled();
    expect(said.deliveries.every(({ state }) => state === 'acked')).toBe(true);
    expect(world.desk.heard.map(({ text }) => text)).toContain('hello');
  });

  it('comes back when Slack refuses for a while, without an unhandled error', async () => {
    world = await World.start('socket');
    world.slack.arm({
      method: 'apps.connections.open',
      fault: slackFaults.refused('invalid_auth'),
      times: 2,
    });
    world.slack.arm({ method: 'apps.connections.open', fault: slackFaults.down(), times: 1 });
    world.slack.dropSockets();
    await world.slack.untilOpened(2);
    expect(world.logged.filter((words) => words.startsWith('Slack is not connected'))).toHaveLength(3);
  });
});

describe('a start', () => {
  let world: World;

  afterEach(async () => {
    await world.close();
  });

  it.each<[string, Partial<SlackOptions>, object]>([
    [
      'a bot token Slack refuses',
      { botToken: new Secret('xoxb-wrong') },
      { kind: 'invalid', code: 'slack.bot_token_refused' },
    ],
    [
      'an app token Slack refuses',
      { mode: { kind: 'socket', appToken: new Secret('xapp-wrong') } },
      { kind: 'invalid', code: 'slack.app_token_refused' },
    ],
    [
      'no Slack there',
      { apiUrl: 'http://127.0.0.1:9/api/' },
      { kind: 'unavailable', code: 'slack.unavailable' },
    ],
  ])('with %s says what to do', async (_name, override, error) => {
    world = await World.make('socket', {}, override);
    await expect(world.surface.start()).rejects.toMatchObject({ ...error, hint: expect.any(String) });
    await expect(world.surface.start()).rejects.not.toThrow(/wrong/);
  });

  it('that is yet to come makes a signed request wait with 503', async () => {
    world = await World.make('http');
    const url = await world.listen();
    const body = JSON.stringify(world.slack.callback({ type: 'message' }));
    expect((await world.slack.signed(url, body)).status).toBe(503);
  });
});
