import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { webApi } from '@slack/bolt';

import { SlackSimulator, type SlackLoopback } from './slack-simulator.js';

describe('the people of a SlackSimulator', () => {
  let slack: SlackSimulator;
  let server: SlackLoopback;
  let web: webApi.WebClient;
  let dev: string;
  let priya: string;

  beforeEach(async () => {
    slack = new SlackSimulator();
    server = await slack.start();
    web = new webApi.WebClient(slack.botToken, { slackApiUrl: server.apiUrl, retryConfig: { retries: 0 } });
    priya = slack.seedUser({ name: 'priya' });
    dev = slack.seedChannel({ name: 'dev' });
  });

  afterEach(() => server.close());

  const events = (deliveries: readonly { payload: Record<string, unknown> }[]) =>
    deliveries.map(({ payload }) => payload['event']);

  it('come, are listed as members, and open the Home tab', async () => {
    const joined = await slack.joins(priya, dev);
    expect(events(joined.deliveries)).toMatchObject([
      { type: 'member_joined_channel', user: priya, channel: dev },
    ]);
    const { members } = await web.conversations.members({ channel: dev });
    expect(members).toEqual([slack.bot.userId, priya]);
    expect(events((await slack.opensHome(priya)).deliveries)).toMatchObject([
      { type: 'app_home_opened', tab: 'home', user: priya },
    ]);
  });

  it('are written to in a direct conversation, by their id or by its own', async () => {
    const { channel } = await web.conversations.open({ users: priya });
    expect(channel?.id).toBe(slack.direct('priya'));
    await web.chat.postMessage({ channel: priya, text: 'Yours to decide' });
    expect(slack.ledger.posts(channel?.id ?? '')).toMatchObject([{ text: 'Yours to decide' }]);
    expect((await web.conversations.info({ channel: channel?.id ?? '' })).channel).toMatchObject({
      is_im: true,
      user: priya,
    });
  });

  it('say nothing that the app has not subscribed to', async () => {
    const deaf = new SlackSimulator({ subscriptions: ['app_mention'], whileClosed: 'lose' });
    const [room, max] = [deaf.seedChannel({ name: 'dev' }), deaf.seedUser({ name: 'max' })];
    const said = await deaf.says(max, room, '@openloop hello');
    expect(said.deliveries.map(({ about }) => about)).toEqual(['app_mention']);
    expect((await deaf.reacts(max, said, 'eyes')).deliveries).toEqual([]);
  });

  it('mention a group as a group, and nobody by a name that is not there', async () => {
    const group = slack.seedGroup({ handle: 'maintainers' });
    const said = await slack.says(priya, dev, 'ask @maintainers or @nobody, not me@priya');
    expect(slack.ledger.message(dev, said.ts)?.text).toBe(`ask <!subteam^${group}> or @nobody, not me@priya`);
  });

  it('leave a mark where a message with replies was deleted', async () => {
    const said = await slack.says(priya, dev, 'first');
    await slack.says(priya, dev, 'second', { thread: said.ts });
    await slack.deletes(priya, said);
    const { messages } = await web.conversations.replies({ channel: dev, ts: said.ts });
    expect(messages).toMatchObject([{ subtype: 'tombstone' }, { text: 'second', thread_ts: said.ts }]);
    expect(slack.ledger.thread(dev, said.ts).map(({ text }) => text)).toEqual(['second']);
  });

  it('cannot do what the true client would not let them', async () => {
    const max = slack.seedUser({ name: 'max' });
    const said = await slack.says(priya, dev, 'mine');
    await expect(slack.edits(max, said, 'yours')).rejects.toThrow('did not write');
    await expect(slack.presses(max, said, 'approve')).rejects.toThrow('There is no approve to press');
    await expect(slack.submits(max, { id: 'V0' })).rejects.toThrow('has no open view');
    slack.archive(dev);
    await expect(slack.says(priya, dev, 'hello?')).rejects.toThrow('it is archived');
    await expect(slack.says('U0NOBODY', dev, 'hello?')).rejects.toThrow('There is no user U0NOBODY');
  });

  it('press as forgers too, with what no true button carries', async () => {
    const elements = [
      {
        type: 'button' as const,
        action_id: 'go',
        text: { type: 'plain_text' as const, text: 'Go' },
        value: 'a',
      },
    ];
    const { ts = '' } = await web.chat.postMessage({
      channel: dev,
      text: 'x',
      blocks: [{ type: 'actions', elements }],
    });
    const press = await slack.presses(priya, { channel: dev, ts }, 'go', { forged: { value: 'stolen' } });
    expect(press).toMatchObject({
      state: 'lost',
      payload: { actions: [{ action_id: 'go', value: 'stolen' }] },
    });
  });
});
