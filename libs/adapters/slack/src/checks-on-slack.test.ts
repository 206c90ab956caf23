import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import { SlackSimulator, type SlackLoopback } from '@openloop/simulators';

import { slackChecks, type SlackConnection } from './checks.js';
import { SLACK_SCOPES } from './manifest.js';
import { eventually } from './receive/testing/eventually.js';
import { RecordingDesk } from './receive/testing/recording-desk.js';
import { ROUND_TRIP_ACTION } from './round-trip.js';
import { slackSurface } from './slack-surface.js';

let slack: SlackSimulator;
let loopback: SlackLoopback;
beforeEach(async () => {
  slack = new SlackSimulator({ scopes: SLACK_SCOPES.map(({ name }) => name) });
  loopback = await slack.start();
});
afterEach(() => loopback.close());

describe('against a Slack that speaks the wire', () => {
  it('the checks are well, and find channels, people and groups', async () => {
    slack.seedChannel({ name: 'dev' });
    slack.seedUser({ name: 'priya' });
    const checks = await slackChecks(connection(), { channels: ['#dev'], approvers: ['@priya', '@nobody'] });

    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'bot token ok',
      'scopes ok',
      'clock ok',
      'app token ok',
      'channel #dev ok',
      'approver @priya ok',
      'approver @nobody warning',
    ]);
  });

  it('a round trip goes out, comes back by a press, decides nothing, and is said on the card', async () => {
    const dev = slack.seedChannel({ name: 'dev' });
    const priya = slack.seedUser({ name: 'priya' });
    const desk = new RecordingDesk();
    const log = { error: () => undefined, warn: () => undefined, info: () => undefined };
    const surface = slackSurface({ ...connection(), log }, desk);
    await surface.start();
    try {
      const run = surface.test('#dev', 20_000);
      await eventually(() => slack.ledger.posts(dev).length === 1);
      const [card] = slack.ledger.posts(dev);
      await slack.presses(priya, { channel: dev, ts: card?.ts ?? '' }, ROUND_TRIP_ACTION);

      expect((await run).map(({ name, status }) => `${name} ${status}`)).toEqual([
        'post ok',
        'press ok',
        'update ok',
      ]);
      expect(slack.ledger.posts(dev)[0]?.text).toMatch(/^✅/);
      expect(desk.reached).toBe(0);
    } finally {
      await surface.stop();
    }
  });
});

function connection(): SlackConnection {
  return {
    botToken: new Secret(slack.botToken),
    mode: { kind: 'socket', appToken: new Secret(slack.appToken) },
    apiUrl: loopback.apiUrl,
  };
}
