import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';

import { slackFaults } from './slack-faults.js';
import { SlackSimulator, type SlackLoopback } from './slack-simulator.js';
import type { SlackSimulatorOptions } from './slack-options.js';

/** Also how long the client waits for a pong, so not shorter than a busy machine may stall. */
const RECONNECT_AFTER_MS = 400;
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};
const card = (block_id: string) => [
  { type: 'section', block_id: `${block_id}-head`, text: { type: 'mrkdwn', text: '*Approval required*' } },
  {
    type: 'actions',
    block_id,
    elements: [
      { type: 'button', action_id: 'approve', text: { type: 'plain_text', text: 'Approve' }, value: 'apr_1' },
      { type: 'button', action_id: 'deny', text: { type: 'plain_text', text: 'Deny…' }, value: 'apr_1' },
    ],
  },
];
const denyForm = {
  type: 'modal' as const,
  callback_id: 'deny_form',
  private_metadata: 'apr_1',
  title: { type: 'plain_text' as const, text: 'Deny' },
  submit: { type: 'plain_text' as const, text: 'Deny' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'reason',
      label: { type: 'plain_text' as const, text: 'Reason' },
      element: { type: 'plain_text_input' as const, action_id: 'text' },
    },
  ],
};

describe('SlackSimulator in Socket Mode, spoken to by Bolt', () => {
  let slack: SlackSimulator;
  let server: SlackLoopback;
  let app: App;
  let dev: string;
  let priya: string;
  const receivers: SocketModeReceiver[] = [];

  async function open(options: SlackSimulatorOptions = {}): Promise<void> {
    slack = new SlackSimulator({ echo: false, ...options });
    server = await slack.start();
    dev = slack.seedChannel({ name: 'dev' });
    priya = slack.seedUser({ name: 'priya', realName: 'Priya N' });
    app = newApp();
  }

  function newApp(): App {
    const clientOptions = { slackApiUrl: server.apiUrl, retryConfig: { retries: 0 } };
    const receiver = new SocketModeReceiver({
      appToken: slack.appToken,
      clientPingTimeout: RECONNECT_AFTER_MS,
      logger: quiet,
      installerOptions: { clientOptions },
    });
    receivers.push(receiver);
    return new App({ token: slack.botToken, receiver, clientOptions, logger: quiet });
  }

  beforeEach(() => open());

  afterEach(async () => {
    await Promise.all(receivers.splice(0).map(({ client }) => client.disconnect()));
    await server.close();
  });

  it('tells of a mention twice, each time with an id of its own, and of other messages once', async () => {
    const heard: string[] = [];
    app.event('app_mention', async ({ event }) => void heard.push(`${event.type} ${event.text}`));
    app.event('message', async ({ event }) => void heard.push(event.type));
    await app.start();
    const said = await slack.says(priya, dev, '@openloop hello');
    expect(said.acked).toBe(true);
    expect(heard.toSorted()).toEqual([`app_mention <@${slack.bot.userId}> hello`, 'message']);
    expect(new Set(said.deliveries.map(({ id }) => id)).size).toBe(2);
    expect(
      (await slack.says(priya, dev, 'nobody in particular')).deliveries.map(({ about }) => about),
    ).toEqual(['message']);
    const direct = await slack.says(priya, slack.direct(priya), '@openloop psst');
    expect(direct.deliveries).toMatchObject([
      { about: 'message', payload: { event: { channel_type: 'im' } } },
    ]);
  });

  it('carries a mention to a card, a press, a form with an error in its ack, and an edit of the card', async () => {
    app.event('app_mention', async ({ event, say }) => {
      await say({ text: 'Approval required', blocks: card('rev-1'), thread_ts: event.ts });
    });
    app.action('deny', async ({ ack, body, client }) => {
      await ack();
      if (body.type === 'block_actions')
        await client.views.open({ trigger_id: body.trigger_id, view: denyForm });
    });
    app.view('deny_form', async ({ ack, view, client }) => {
      const reason = view.state.values['reason']?.['text']?.value;
      if (!reason) return ack({ response_action: 'errors', errors: { reason: 'Say why' } });
      await ack();
      const [post] = slack.ledger.posts(dev);
      await client.chat.update({ channel: dev, ts: post?.ts ?? '', text: `Denied: ${reason}`, blocks: [] });
    });
    await app.start();
    const { thread } = await slack.says(priya, dev, '@openloop create an issue');
    const post = await until(() => slack.ledger.posts(dev, thread)[0]);

    const pressed = await slack.presses(priya, post, 'deny');
    expect(pressed).toMatchObject({
      acked: true,
      payload: { actions: [{ value: 'apr_1', block_id: 'rev-1' }] },
    });
    const form = await until(() => slack.ledger.modals(priya)[0]);
    expect(form).toMatchObject({ callbackId: 'deny_form', privateMetadata: 'apr_1', title: 'Deny' });

    expect(await slack.submits(priya, form)).toMatchObject({ errors: { reason: 'Say why' }, isOpen: true });
    expect(await slack.submits(priya, form, { reason: 'duplicate of #471' })).toMatchObject({
      errors: {},
      isOpen: false,
    });
    const edited = await until(() => slack.ledger.updates(post.ts)[0]);
    expect(edited).toMatchObject({ text: 'Denied: duplicate of #471', blocks: [] });
    expect(slack.ledger.message(dev, post.ts)?.versions).toHaveLength(2);
    await expect(slack.presses(priya, post, 'approve')).rejects.toThrow('There is no approve to press');
    // A screen that still shows the first version can be pressed.
    expect((await slack.presses(priya, post, 'approve', { version: 0 })).payload).toMatchObject({
      actions: [{ action_id: 'approve', block_id: 'rev-1' }],
    });
  });

  it('shows the answer that came with the ack of a command to the person alone', async () => {
    app.command('/openloop', async ({ ack, command }) => ack(`You asked for ${command.text}`));
    await app.start();
    expect((await slack.uses(priya, dev, '/openloop', 'usage')).acked).toBe(true);
    expect(slack.ledger.ephemerals(priya)).toMatchObject([{ text: 'You asked for usage', channel: dev }]);
    expect(slack.ledger.posts(dev)).toEqual([]);
  });

  it('replaces, answers and deletes through a response address, five times and no more', async () => {
    await app.start();
    const { ts } = await app.client.chat.postMessage({ channel: dev, text: 'Card', blocks: card('rev-1') });
    const press = await slack.presses(priya, { channel: dev, ts: ts ?? '' }, 'approve');
    const answer = async (body: object): Promise<number> => {
      const url = String(press.payload['response_url']);
      return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;
    };
    expect(await answer({ replace_original: true, text: 'Approved', blocks: [] })).toBe(200);
    expect(slack.ledger.message(dev, ts ?? '')).toMatchObject({
      text: 'Approved',
      by: 'response_url',
      blocks: [],
    });
    expect(await answer({ text: 'Only you see this' })).toBe(200);
    expect(slack.ledger.ephemerals(priya)).toMatchObject([{ text: 'Only you see this' }]);
    expect(await answer({ response_type: 'in_channel', text: 'Everybody sees this' })).toBe(200);
    expect(await answer({ delete_original: true })).toBe(200);
    expect(slack.ledger.message(dev, ts ?? '')).toMatchObject({ isDeleted: true });
    expect(await answer({ text: 'fifth' })).toBe(200);
    expect(await answer({ text: 'sixth' })).toBe(404);
    expect(slack.ledger.callsOf('response_url').map(({ answered }) => answered)).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
      404,
    ]);
  });

  it('sends each event over exactly one of several connections', async () => {
    await Promise.all([app.start(), newApp().start()]);
    expect(slack.openSockets).toBe(2);
    const said = [await slack.says(priya, dev, 'one'), await slack.says(priya, dev, 'two')];
    const attempts = said.flatMap(({ deliveries }) => deliveries.flatMap((each) => each.attempts));
    expect(attempts.map(({ connection }) => connection).toSorted()).toEqual([1, 2]);
  });

  it('lets the app make a new connection when it asks for it, and keeps what happens in between', async () => {
    await app.start();
    slack.refreshSockets();
    const said = await slack.says(priya, dev, 'in between');
    expect(said.deliveries).toMatchObject([{ state: 'queued', attempts: [] }]);
    await slack.untilOpened(2);
    await slack.settled();
    // The true Slack counts the try that found nobody: what comes is a retry, and must not be dropped for that.
    expect(said.deliveries).toMatchObject([
      { state: 'acked', attempts: [{ retry: 1, reason: 'timeout', connection: 2 }] },
    ]);
  });

  it('sees the app come back after its connection was cut', async () => {
    await app.start();
    slack.dropSockets();
    expect(slack.openSockets).toBe(0);
    await slack.untilOpened(2);
    expect((await slack.says(priya, dev, 'back again')).acked).toBe(true);
  });

  it('refuses a connection with a ticket that was used before', async () => {
    await app.start();
    const { url } = await newApp().client.apps.connections.open({ token: slack.appToken });
    const first = new WebSocket(url ?? '');
    await new Promise((resolve) => first.addEventListener('open', resolve, { once: true }));
    const second = new WebSocket(url ?? '');
    await new Promise((resolve) => second.addEventListener('error', resolve, { once: true }));
    expect(slack.openedSockets).toBe(2);
    first.close();
  });
});

describe('SlackSimulator in Socket Mode, with an app that fails', () => {
  it('loses what happens while no socket is open, if it is told to', async () => {
    const slack = new SlackSimulator({ whileClosed: 'lose' });
    const dev = slack.seedChannel({ name: 'dev' });
    const said = await slack.says(slack.seedUser({ name: 'priya' }), dev, '@openloop anybody?');
    expect(said.deliveries.map(({ state }) => state)).toEqual(['lost', 'lost']);
    expect(said.acked).toBe(false);
  });

  it('tells an event again, with the reason, when it was not acked in time, but never a press', async () => {
    const slack = new SlackSimulator({ ackWithinMs: 60, retryDelaysMs: [0, 20, 20], echo: false });
    const server = await slack.start();
    const dev = slack.seedChannel({ name: 'dev' });
    const priya = slack.seedUser({ name: 'priya' });
    const frames: Record<string, unknown>[] = [];
    const socket = await connect(slack, server);
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Record<string, unknown>; // every frame is an object
      frames.push(frame);
      if (frame['retry_attempt'] === 2) socket.send(JSON.stringify({ envelope_id: frame['envelope_id'] }));
    });
    const said = await slack.says(priya, dev, 'hello?');
    expect(said.acked).toBe(false);
    await slack.settled();
    expect(said.acked).toBe(true);
    expect(frames.filter(({ type }) => type === 'events_api')).toMatchObject([
      { retry_attempt: 0, retry_reason: '' },
      { retry_attempt: 1, retry_reason: 'timeout' },
      { retry_attempt: 2, retry_reason: 'timeout' },
    ]);
    const ids = frames.map(({ payload }) => payload as { event_id?: string } | undefined); // by the envelope's shape
    expect(new Set(ids.flatMap((payload) => payload?.event_id ?? [])).size).toBe(1);

    const form = await postCard(slack, server, dev);
    const press = await slack.presses(priya, form, 'approve');
    await slack.settled();
    expect(press).toMatchObject({ state: 'failed', acked: false, attempts: [{ outcome: 'timeout' }] });
    socket.close();
    await server.close();
  });

  it('sends the events of a batch in disorder, the same for the same seed', async () => {
    const order = async (seed: number): Promise<string[]> => {
      const slack = new SlackSimulator({ echo: false });
      const server = await slack.start();
      const dev = slack.seedChannel({ name: 'dev' });
      const priya = slack.seedUser({ name: 'priya' });
      const seen: string[] = [];
      const socket = await connect(slack, server);
      socket.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(String(data)) as {
          envelope_id: string;
          payload?: { event: { text: string } };
        }; // an envelope
        if (!frame.payload) return;
        seen.push(frame.payload.event.text);
        socket.send(JSON.stringify({ envelope_id: frame.envelope_id }));
      });
      const told = await slack.inDisorder({ seed, copies: 3 }, async () => {
        for (const text of ['a', 'b', 'c', 'd']) await slack.says(priya, dev, text);
      });
      expect(told.map(({ attempts }) => attempts.length)).toEqual([3, 3, 3, 3]);
      socket.close();
      await server.close();
      return seen;
    };
    const [first, again, other] = [await order(1), await order(1), await order(2)];
    expect(first).toHaveLength(12);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first).not.toEqual(first.toSorted());
  });

  it('tells the app of its own messages, as Slack does', async () => {
    const slack = new SlackSimulator();
    const server = await slack.start();
    const dev = slack.seedChannel({ name: 'dev' });
    await postCard(slack, server, dev);
    expect(slack.ledger.deliveries).toMatchObject([
      { about: 'message', state: 'queued', payload: { event: { bot_id: slack.bot.botId } } },
    ]);
    slack.arm({ method: 'auth.test', fault: slackFaults.reset() });
    expect(slack.armed).toBe(1);
    await server.close();
  });
});

async function connect(slack: SlackSimulator, server: SlackLoopback): Promise<WebSocket> {
  const response = await fetch(`${server.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.appToken}` },
  });
  const { url } = (await response.json()) as { url: string }; // as apps.connections.open answers
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  return socket;
}

async function postCard(slack: SlackSimulator, server: SlackLoopback, channel: string) {
  const response = await fetch(`${server.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel, text: 'Card', blocks: card('rev-1') }),
  });
  const { ts } = (await response.json()) as { ts: string }; // as chat.postMessage answers
  return { channel, ts };
}

/** Waits for something to be there. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
