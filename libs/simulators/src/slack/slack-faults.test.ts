import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { webApi } from '@slack/bolt';

import { slackFaults, type SlackFault } from './slack-faults.js';
import { SlackSimulator, type SlackLoopback } from './slack-simulator.js';

describe('a Slack that misbehaves', () => {
  let slack: SlackSimulator;
  let server: SlackLoopback;
  let web: webApi.WebClient;
  let now: number;
  let dev: string;

  beforeEach(async () => {
    now = Date.parse('2026-11-21T10:00:00Z');
    slack = new SlackSimulator({ now: () => new Date(now) });
    server = await slack.start();
    dev = slack.seedChannel({ name: 'dev' });
    web = new webApi.WebClient(slack.botToken, {
      slackApiUrl: server.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 300,
      logLevel: webApi.LogLevel.ERROR,
    });
  });

  afterEach(() => server.close());

  const post = (text = 'Key 7') => web.chat.postMessage({ channel: dev, text });
  const posts = () => slack.ledger.posts(dev).map(({ text }) => text);
  const listed = async () =>
    (await web.conversations.history({ channel: dev })).messages?.map(({ text }) => text);

  async function postUnder(fault: SlackFault): Promise<unknown> {
    slack.arm({ method: 'chat.postMessage', fault });
    const error: unknown = await post().then(
      () => new Error('The call was expected to fail'),
      (reason: unknown) => reason,
    );
    expect(slack.armed).toBe(0);
    return error;
  }

  it.each([
    ['never answers', slackFaults.postedThenTimeout(), 'nothing'],
    ['resets the connection', slackFaults.postedThenReset(), 'reset'],
  ])('posts the message and %s', async (_, fault, answered) => {
    expect(await postUnder(fault)).toBeInstanceOf(webApi.WebAPIRequestError);
    expect(posts()).toEqual(['Key 7']);
    expect(slack.ledger.callsOf('chat.postMessage')).toMatchObject([{ answered }]);
  });

  it('posts the message and answers 500', async () => {
    expect(await postUnder(slackFaults.postedThen500())).toMatchObject({ statusCode: 500 });
    expect(posts()).toEqual(['Key 7']);
  });

  it('posts the message and stops in the middle of its answer', async () => {
    // The client takes half a JSON for an error of Slack, whose name is that half.
    const error = await postUnder(slackFaults.halfAnswer());
    expect(error).toMatchObject({ data: { ok: false, error: expect.stringMatching(/^\{"ok":true/u) } });
    expect(posts()).toEqual(['Key 7']);
  });

  it('posts nothing and asks for patience, in seconds', async () => {
    const error = await postUnder(slackFaults.rateLimited(30));
    expect(error).toBeInstanceOf(webApi.WebAPIRateLimitedError);
    expect(error).toMatchObject({ retryAfter: 30 });
    expect(posts()).toEqual([]);
  });

  it('posts nothing and answers 503, resets, or refuses with any word', async () => {
    expect(await postUnder(slackFaults.down(503))).toMatchObject({ statusCode: 503 });
    expect(await postUnder(slackFaults.reset())).toBeInstanceOf(webApi.WebAPIRequestError);
    expect(await postUnder(slackFaults.refused('is_archived'))).toMatchObject({
      data: { error: 'is_archived' },
    });
    expect(posts()).toEqual([]);
  });

  it('answers late but truly', async () => {
    slack.arm({ method: 'chat.postMessage', fault: slackFaults.slow(60) });
    const before = performance.now();
    expect(await post()).toMatchObject({ ok: true });
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
  });

  it('posts the message but does not list it for a while', async () => {
    slack.arm({ method: 'chat.postMessage', fault: slackFaults.listLag(5000) });
    await post();
    expect(await listed()).toEqual([]);
    now += 5000;
    expect(await listed()).toEqual(['Key 7']);
  });

  it('posts the message only after the caller has given up', async () => {
    expect(await postUnder(slackFaults.landsLate(5000))).toBeInstanceOf(webApi.WebAPIRequestError);
    expect(await listed()).toEqual([]);
    now += 5000;
    expect(await listed()).toEqual(['Key 7']);
  });

  it('misbehaves in one channel, a number of times, after a number of good calls', async () => {
    const other = slack.seedChannel({ name: 'other' });
    slack.arm({ method: 'chat.postMessage', channel: dev, fault: slackFaults.down(), times: 2, after: 1 });
    const outcomes: unknown[] = [];
    for (const channel of [dev, dev, other, dev, dev]) {
      outcomes.push(
        await web.chat.postMessage({ channel, text: 'x' }).then(
          () => 'ok',
          () => 'failed',
        ),
      );
    }
    expect(outcomes).toEqual(['ok', 'failed', 'ok', 'failed', 'ok']);
  });
});
