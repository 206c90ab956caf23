import { inspect } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import { slackFaults, type SlackFault } from '@openloop/simulators';

import { aSlack, webTo } from '../../test/a-slack.js';
import { SlackError } from './slack-error.js';
import { SlackWeb } from './slack-web.js';

let close: (() => Promise<void>) | undefined;

async function aPlace() {
  const place = await aSlack();
  close = place.server.close;
  return place;
}

afterEach(async () => {
  await close?.();
  close = undefined;
});

async function failureOf(call: Promise<unknown>): Promise<SlackError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SlackError)) throw new Error(`Not a SlackError: ${inspect(error)}`);
  return error;
}

describe('a call to Slack', () => {
  it.each<[string, SlackFault, object]>([
    ['a refusal', slackFaults.refused('is_archived'), { code: 'is_archived', isDefinite: true }],
    [
      'a refusal that may hide an effect',
      slackFaults.refused('fatal_error'),
      { code: 'fatal_error', isDefinite: false },
    ],
    [
      'a rate limit',
      slackFaults.rateLimited(7),
      { code: 'rate_limited', isDefinite: true, retryInMs: 7_000 },
    ],
    [
      'a rate limit in words',
      slackFaults.refused('ratelimited'),
      { code: 'rate_limited', isDefinite: true, retryInMs: 30_000 },
    ],
    ['a 503', slackFaults.down(503), { code: 'http_503', isDefinite: false }],
    ['a reset', slackFaults.reset(), { code: 'connection_lost', isDefinite: false }],
    ['half an answer', slackFaults.halfAnswer(), { isDefinite: false }],
    ['silence', slackFaults.postedThenTimeout(), { code: 'timeout', isDefinite: false }],
  ])('is sent once and tells what %s means', async (_, fault, expected) => {
    const { slack, server, channel } = await aPlace();
    const web = webTo(slack, server.apiUrl, { timeoutMs: 500 });
    slack.arm({ method: 'chat.postMessage', fault });

    const error = await failureOf(web.call('chat.postMessage', { channel, text: 'x' }, { channel }));

    expect(error).toMatchObject(expected);
    expect(slack.ledger.callsOf('chat.postMessage')).toHaveLength(1);
  });

  it('was certainly not done when nobody listens', async () => {
    const { slack, server } = await aPlace();
    const web = webTo(slack, server.apiUrl);
    await server.close();
    close = undefined;

    expect(await failureOf(web.call('auth.test'))).toMatchObject({ code: 'unreachable', isDefinite: true });
  });

  it('was certainly not done when the name is not known', async () => {
    const web = new SlackWeb({ token: new Secret('xoxb-1'), apiUrl: 'http://slack.invalid/api/' });

    expect(await failureOf(web.call('auth.test'))).toMatchObject({ code: 'unreachable', isDefinite: true });
  });

  it('does not leave while its method is closed in its channel, and others do', async () => {
    const { slack, server, channel } = await aPlace();
    const other = slack.seedChannel({ name: 'other' });
    let now = 0;
    const web = webTo(slack, server.apiUrl, { now: () => now });
    const post = (where: string) =>
      web.call('chat.postMessage', { channel: where, text: 'x' }, { channel: where });
    slack.arm({ method: 'chat.postMessage', fault: slackFaults.rateLimited(60) });
    await failureOf(post(channel));

    now = 59_999;
    expect(await failureOf(post(channel))).toMatchObject({ code: 'rate_limited', retryInMs: 1 });
    expect(slack.ledger.callsOf('chat.postMessage')).toHaveLength(1);
    await post(other);
    await web.call('auth.test');
    now = 60_000;
    await post(channel);

    expect(slack.ledger.callsOf('chat.postMessage')).toHaveLength(3);
  });

  it('keeps its token to itself, whatever goes wrong', async () => {
    const { slack, server } = await aPlace();
    const web = webTo(slack, server.apiUrl);
    const errors = [];
    for (const fault of [slackFaults.down(), slackFaults.reset(), slackFaults.refused('invalid_auth')]) {
      slack.arm({ method: 'auth.test', fault });
      errors.push(await failureOf(web.call('auth.test')));
    }

    const words = inspect([web, ...errors], { depth: 9, showHidden: true });
    expect(words).not.toContain(slack.botToken);
    expect(JSON.stringify(errors)).not.toContain(slack.botToken);
  });

  it('asks once who it is', async () => {
    const { slack, web } = await aPlace();

    const [one, other] = await Promise.all([web.self(), web.self()]);

    expect(one).toEqual({ teamId: slack.team.id, userId: slack.bot.userId, botId: slack.bot.botId });
    expect(other).toEqual(one);
    expect(slack.ledger.callsOf('auth.test')).toHaveLength(1);
  });
});
