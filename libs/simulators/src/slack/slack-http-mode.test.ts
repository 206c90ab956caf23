import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';

import { SlackSimulator, type SlackLoopback } from './slack-simulator.js';
import { slackBody } from './slack-pushes.js';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

describe('SlackSimulator over HTTP, with Bolt at the other end', () => {
  let slack: SlackSimulator;
  let server: SlackLoopback;
  let app: App;
  let web: Server;
  let url: string;
  let dev: string;
  let priya: string;
  /** What the next requests are answered instead of being given to Bolt. */
  let troubles: (number | 'silence' | 'reset')[];
  let retries: [unknown, unknown][];

  beforeEach(async () => {
    slack = new SlackSimulator({ echo: false, ackWithinMs: 800, retryDelaysMs: [0, 10, 10] });
    server = await slack.start();
    dev = slack.seedChannel({ name: 'dev' });
    priya = slack.seedUser({ name: 'priya' });
    const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logger: quiet });
    app = new App({
      token: slack.botToken,
      receiver,
      clientOptions: { slackApiUrl: server.apiUrl },
      logger: quiet,
    });
    troubles = [];
    retries = [];
    web = createServer((request, response) => {
      retries.push([request.headers['x-slack-retry-num'], request.headers['x-slack-retry-reason']]);
      const trouble = troubles.shift();
      if (trouble === undefined) return receiver.requestListener(request, response);
      if (trouble === 'reset') return request.socket.resetAndDestroy();
      if (trouble !== 'silence') response.writeHead(trouble).end();
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/slack/events`; // it listens on TCP
  });

  afterEach(async () => {
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
    await server.close();
  });

  it('checks the address first, and does not use one that fails', async () => {
    troubles = [200];
    await expect(slack.deliverTo(url)).rejects.toThrow('did not give the challenge back');
    expect((await slack.says(priya, dev, 'hello')).deliveries).toMatchObject([{ state: 'queued' }]);
    await slack.deliverTo(url);
    expect((await slack.says(priya, dev, 'hello')).deliveries).toMatchObject([
      { state: 'acked', attempts: [{ status: 200, connection: null }] },
    ]);
  });

  it('carries mentions, presses, forms and commands, each in the shape that Bolt reads', async () => {
    const seen: string[] = [];
    app.event('app_mention', async ({ event }) => void seen.push(event.text));
    app.action('ok', async ({ ack, action }) => {
      await ack();
      seen.push(action.type);
    });
    app.view('form', async ({ ack }) => ack({ response_action: 'errors', errors: { why: 'Say why' } }));
    app.command('/openloop', async ({ ack }) => ack({ text: 'Nothing is waiting' }));
    await slack.deliverTo(url);

    expect((await slack.says(priya, dev, '@openloop hi')).acked).toBe(true);
    const elements = [
      { type: 'button' as const, action_id: 'ok', text: { type: 'plain_text' as const, text: 'OK' } },
    ];
    const { ts = '' } = await app.client.chat.postMessage({
      channel: dev,
      text: 'Card',
      blocks: [{ type: 'actions', elements }],
    });
    const press = await slack.presses(priya, { channel: dev, ts }, 'ok');
    expect(press.acked).toBe(true);
    await app.client.views.open({
      trigger_id: String(press.payload['trigger_id']),
      view: {
        type: 'modal',
        callback_id: 'form',
        title: { type: 'plain_text', text: 'Why' },
        submit: { type: 'plain_text', text: 'Send' },
        blocks: [
          {
            type: 'input',
            block_id: 'why',
            label: { type: 'plain_text', text: 'Why' },
            element: { type: 'plain_text_input', action_id: 'text' },
          },
        ],
      },
    });
    const [form] = slack.ledger.modals(priya);
    expect(await slack.submits(priya, form ?? { id: '' })).toMatchObject({
      errors: { why: 'Say why' },
      isOpen: true,
    });
    expect((await slack.uses(priya, dev, '/openloop')).response).toMatchObject({
      text: 'Nothing is waiting',
    });
    expect(slack.ledger.ephemerals(priya)).toMatchObject([{ text: 'Nothing is waiting' }]);
    expect(seen).toEqual([`<@${slack.bot.userId}> hi`, 'button']);
  });

  it('tells an event again after an error, a reset and a silence, and says why', async () => {
    await slack.deliverTo(url);
    troubles = [503, 'reset', 'silence'];
    retries = [];
    const said = await slack.says(priya, dev, 'hello');
    await slack.settled();
    expect(said.deliveries).toMatchObject([{ acked: true }]);
    expect(retries).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'connection_failed'],
      ['3', 'http_timeout'],
    ]);
  });

  it('gives up after the last retry', async () => {
    await slack.deliverTo(url);
    troubles = [500, 500, 500, 500, 500];
    const said = await slack.says(priya, dev, 'hello');
    await slack.settled();
    expect(said.deliveries).toMatchObject([{ state: 'failed', acked: false }]);
    expect(said.deliveries[0]?.attempts).toHaveLength(4);
    expect(troubles).toHaveLength(1);
  });

  it('signs what it sends, and forges whatever it is told to', async () => {
    await slack.deliverTo(url);
    const payload = slack.callback({ type: 'message', channel: dev, user: priya, text: 'x', ts: '1.2' });
    const body = slackBody({ kind: 'events_api', payload });
    const now = Math.floor(Date.now() / 1000);
    const status = async (forgery: Parameters<SlackSimulator['signed']>[2]) =>
      (await slack.signed(url, body, forgery)).status;
    expect(await status({})).toBe(200);
    expect(await status({ secret: 'another' })).toBe(401);
    expect(await status({ signature: 'v0=00' })).toBe(401);
    expect(await status({ timestamp: now - 600 })).toBe(401);
    // Bolt itself does not mind a time that is yet to come.
    expect(await status({ timestamp: now + 600 })).toBe(200);
    expect(await status({ headers: { 'x-slack-signature': null } })).toBe(401);
  });
});
