import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { webApi } from '@slack/bolt';

import { SlackSimulator, type SlackLoopback } from './slack-simulator.js';

const button = (action_id: string, extra: object = {}) => ({
  type: 'button' as const,
  action_id,
  text: { type: 'plain_text' as const, text: 'Press' },
  ...extra,
});
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => webApi.LogLevel.ERROR,
  setName: () => undefined,
};
const modal = (extra: object = {}) => ({
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: 'Details' },
  blocks: [{ type: 'divider' as const }],
  ...extra,
});

describe('SlackSimulator, spoken to by the web client', () => {
  let slack: SlackSimulator;
  let server: SlackLoopback;
  let web: webApi.WebClient;
  let now: number;
  let dev: string;
  let priya: string;

  beforeEach(async () => {
    now = Date.parse('2026-11-21T10:00:00Z');
    slack = new SlackSimulator({ now: () => new Date(now) });
    server = await slack.start();
    web = connect(slack.botToken);
    priya = slack.seedUser({ id: 'U0PRIYA', name: 'priya' });
    dev = slack.seedChannel({ id: 'C0DEV', name: 'dev', members: [priya] });
  });

  afterEach(() => server.close());

  function connect(token?: string): webApi.WebClient {
    return new webApi.WebClient(token, {
      slackApiUrl: server.apiUrl,
      retryConfig: { retries: 0 },
      logger: quiet,
    });
  }

  /** Slack's word for what was wrong, with what came along. */
  async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
    const error: unknown = await call.then(
      () => new Error('The call was expected to be refused'),
      (reason: unknown) => reason,
    );
    if (error instanceof webApi.WebAPIPlatformError) return { ...error.data };
    throw error;
  }
  const errorOf = async (call: Promise<unknown>) => (await refusal(call))['error'];
  const post = async (extra: object = {}) =>
    (await web.chat.postMessage({ channel: dev, text: 'Hello', ...extra })).ts ?? '';
  const press = async (ts: string, actionId: string) =>
    String((await slack.presses(priya, { channel: dev, ts }, actionId)).payload['trigger_id']);

  it('knows each token and what it is for', async () => {
    expect(await web.auth.test()).toMatchObject({ user_id: slack.bot.userId, team_id: slack.team.id });
    expect(await errorOf(connect('xoxb-stolen').auth.test())).toBe('invalid_auth');
    expect(await errorOf(connect().auth.test())).toBe('not_authed');
    expect(await errorOf(connect(slack.appToken).chat.postMessage({ channel: dev, text: 'x' }))).toBe(
      'not_allowed_token_type',
    );
    expect(slack.ledger.calls.map(({ token, answered }) => [token, answered])).toEqual([
      ['bot', 'ok'],
      [null, 'invalid_auth'],
      [null, 'not_authed'],
      ['app', 'not_allowed_token_type'],
    ]);
  });

  it('names the scopes with every answer, and the one that is missing', async () => {
    const { response_metadata } = await web.auth.test();
    expect(response_metadata?.scopes).toContain('chat:write');
    slack.grant(['chat:write']);
    expect(await refusal(web.users.info({ user: priya }))).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read',
      provided: 'chat:write',
    });
    expect(await errorOf(web.conversations.info({ channel: dev }))).toBe('missing_scope');
    expect(await errorOf(web.apiCall('no.such.method'))).toBe('unknown_method');
  });

  it('keeps every version of a message, its metadata and its thread', async () => {
    const metadata = { event_type: 'delivery', event_payload: { id: 'dlv_1' } };
    const ts = await post({ metadata });
    const reply = await post({ thread_ts: ts, text: 'A reply', metadata });
    await web.chat.update({ channel: dev, ts: reply, text: 'A better reply' });
    expect(slack.ledger.message(dev, reply)).toMatchObject({
      text: 'A better reply',
      metadata,
      threadTs: ts,
    });
    expect(slack.ledger.updates(reply)).toMatchObject([{ text: 'A better reply', by: 'chat.update' }]);
    expect(slack.ledger.thread(dev, ts).map(({ text }) => text)).toEqual(['Hello', 'A better reply']);
    expect(slack.ledger.posts(dev, ts).map((each) => each.ts)).toEqual([ts, reply]);
    expect(slack.ledger.callsOf('chat.postMessage')[0]?.args).toEqual({
      channel: dev,
      text: 'Hello',
      metadata,
    });

    const { messages } = await web.conversations.replies({ channel: dev, ts, include_all_metadata: true });
    expect(messages?.map((each) => each.metadata)).toEqual([metadata, metadata]);
    const plain = await web.conversations.replies({ channel: dev, ts });
    expect(plain.messages?.map((each) => each.metadata)).toEqual([undefined, undefined]);
  });

  it('pages replies and users with cursors, and history from the newest on', async () => {
    const ts = await post();
    for (let n = 1; n <= 5; n += 1) await post({ thread_ts: ts, text: `Reply ${n}` });
    const pages: unknown[] = [];
    for await (const page of web.paginate('conversations.replies', { channel: dev, ts, limit: 2 })) {
      pages.push((page as { messages?: { text?: string }[] }).messages?.map(({ text }) => text)); // by the method
    }
    expect(pages.flat()).toEqual(['Hello', 'Reply 1', 'Reply 2', 'Reply 3', 'Reply 4', 'Reply 5']);
    expect(pages.filter((page) => Array.isArray(page) && page.length > 0)).toHaveLength(3);
    const first = await web.users.list({ limit: 1 });
    const second = await web.users.list({ limit: 1, cursor: first.response_metadata?.next_cursor ?? '' });
    expect([first, second].map(({ members }) => members?.[0]?.name)).toEqual(['openloop', 'priya']);
    await post({ text: 'Newest' });
    const history = await web.conversations.history({ channel: dev });
    expect(history.messages?.map(({ text }) => text)).toEqual(['Newest', 'Hello']);
    const since = await web.conversations.history({ channel: dev, oldest: ts });
    expect(since.messages?.map(({ text }) => text)).toEqual(['Newest']);
    expect(await errorOf(web.conversations.replies({ channel: dev, ts: '1.000000' }))).toBe(
      'thread_not_found',
    );
    expect(await errorOf(web.users.list({ cursor: 'nonsense' }))).toBe('invalid_cursor');
  });

  it('posts only where our bot may write', async () => {
    const secret = slack.seedChannel({ name: 'secret', isPrivate: true, hasBot: false });
    const other = slack.seedChannel({ name: 'other', hasBot: false });
    const postTo = (channel: string) => errorOf(web.chat.postMessage({ channel, text: 'x' }));
    expect(await postTo('C0NOWHERE')).toBe('channel_not_found');
    expect(await postTo(secret)).toBe('channel_not_found');
    expect(await postTo(other)).toBe('not_in_channel');
    slack.archive(dev);
    expect(await postTo(dev)).toBe('is_archived');
    slack.archive(dev, false);
    await slack.leaves(slack.bot.userId, dev);
    expect(await postTo(dev)).toBe('not_in_channel');
    const { channels } = await web.conversations.list({ types: 'public_channel,private_channel' });
    expect(channels?.map(({ name, is_member }) => [name, is_member])).toEqual([
      ['dev', false],
      ['other', false],
    ]);
  });

  it('changes and deletes only its own messages', async () => {
    const said = await slack.says(priya, dev, 'mine');
    const change = (ts: string) => errorOf(web.chat.update({ channel: dev, ts, text: 'x' }));
    expect(await change(said.ts)).toBe('cant_update_message');
    expect(await change('1.000000')).toBe('message_not_found');
    const ts = await post();
    await web.chat.delete({ channel: dev, ts });
    expect(await change(ts)).toBe('message_not_found');
    expect(slack.ledger.message(dev, ts)).toMatchObject({ isDeleted: true });
    const { messages } = await web.conversations.history({ channel: dev });
    expect(messages?.map(({ text }) => text)).toEqual(['mine']);
  });

  it('refuses blocks that are too large or not well made, and texts that are too long, and says where', async () => {
    const refused = (extra: object) => refusal(web.chat.postMessage({ channel: dev, text: 'x', ...extra }));
    const section = (length: number) => ({
      type: 'section',
      text: { type: 'mrkdwn', text: 'x'.repeat(length) },
    });
    expect(await refused({ blocks: [section(3001)] })).toMatchObject({
      error: 'invalid_blocks',
      errors: ['must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
    });
    expect(await refused({ blocks: 'not json' })).toMatchObject({ error: 'invalid_blocks_format' });
    expect(await refused({ blocks: Array.from({ length: 5 }, () => section(3000)) })).toMatchObject({
      error: 'msg_blocks_too_long',
    });
    expect(await refused({ text: 'x'.repeat(40_001) })).toMatchObject({ error: 'msg_too_long' });
    expect(await refused({ text: '' })).toMatchObject({ error: 'no_text' });
    expect(await refused({ metadata: { event_type: 'x' } })).toMatchObject({
      error: 'invalid_metadata_format',
    });
    expect(await refused({ thread_ts: '1.000000' })).toMatchObject({ error: 'thread_not_found' });
    expect(slack.ledger.posts()).toEqual([]);
  });

  it('shows an ephemeral message to one person of the channel', async () => {
    const outside = slack.seedUser({ name: 'max' });
    await web.chat.postEphemeral({ channel: dev, user: priya, text: 'Only you' });
    expect(slack.ledger.ephemerals(priya)).toMatchObject([{ text: 'Only you' }]);
    expect(slack.ledger.ephemerals(outside)).toEqual([]);
    expect(slack.ledger.posts(dev)).toEqual([]);
    expect(await errorOf(web.chat.postEphemeral({ channel: dev, user: outside, text: 'x' }))).toBe(
      'user_not_in_channel',
    );
  });

  it('says who people are: guests, the deactivated and strangers from another workspace', async () => {
    const guest = slack.seedUser({ name: 'guest', isRestricted: true });
    const gone = slack.seedUser({ name: 'gone', deleted: true });
    const stranger = slack.seedUser({ name: 'stranger', teamId: 'T0OTHER' });
    const info = async (user: string) => (await web.users.info({ user })).user;
    expect(await info(guest)).toMatchObject({ is_restricted: true, team_id: slack.team.id });
    expect(await info(gone)).toMatchObject({ deleted: true });
    expect(await info(stranger)).toMatchObject({ team_id: 'T0OTHER', is_stranger: true });
    expect(await errorOf(web.users.info({ user: 'U0NOBODY' }))).toBe('user_not_found');
    slack.seedUser({ id: priya, name: 'renamed' });
    expect(await info(priya)).toMatchObject({ id: priya, name: 'renamed' });
    const said = await slack.says('stranger', dev, 'hi');
    expect(said.deliveries[0]?.payload).toMatchObject({
      team_id: slack.team.id,
      event: { user: stranger, user_team: 'T0OTHER' },
    });
  });

  it('tells of a group whose members change', async () => {
    const group = slack.seedGroup({ handle: 'maintainers', members: [priya] });
    expect((await web.usergroups.list({ include_users: true })).usergroups).toMatchObject([
      { id: group, handle: 'maintainers', users: [priya] },
    ]);
    const changed = await slack.changesGroup(group, ['U0MAX']);
    expect(changed.deliveries[0]?.payload).toMatchObject({
      event: { type: 'subteam_members_changed', added_users: ['U0MAX'], removed_users: [priya] },
    });
    expect((await web.usergroups.users.list({ usergroup: group })).users).toEqual(['U0MAX']);
    expect(await errorOf(web.usergroups.users.list({ usergroup: 'S0NONE' }))).toBe('no_such_subteam');
  });

  it('keeps reactions, each person once', async () => {
    const said = await slack.says(priya, dev, 'look');
    const eyes = { channel: dev, timestamp: said.ts, name: 'eyes' };
    await web.reactions.add(eyes);
    expect(await errorOf(web.reactions.add(eyes))).toBe('already_reacted');
    const reacted = await slack.reacts(priya, said, 'eyes');
    expect(reacted.deliveries[0]?.payload).toMatchObject({
      event: { type: 'reaction_added', item: { ts: said.ts } },
    });
    expect(slack.ledger.message(dev, said.ts)?.reactions).toEqual([
      { name: 'eyes', users: [slack.bot.userId, priya] },
    ]);
    await web.reactions.remove(eyes);
    expect(await errorOf(web.reactions.remove(eyes))).toBe('no_reaction');
  });

  it('opens one modal for each press, within three seconds', async () => {
    const blocks = [{ type: 'actions', elements: [button('go')] }];
    const ts = await post({ blocks });
    const trigger_id = await press(ts, 'go');
    const { view } = await web.views.open({ trigger_id, view: modal({ private_metadata: 'x' }) });
    expect(await errorOf(web.views.open({ trigger_id, view: modal() }))).toBe('exchanged_trigger_id');
    expect(await errorOf(web.views.open({ trigger_id: 'made.up', view: modal() }))).toBe(
      'invalid_trigger_id',
    );
    const late = await press(ts, 'go');
    now += 3001;
    expect(await errorOf(web.views.open({ trigger_id: late, view: modal() }))).toBe('expired_trigger_id');

    const view_id = view?.id ?? '';
    await web.views.update({ view_id, hash: view?.hash ?? '', view: modal({ callback_id: 'second' }) });
    expect(slack.ledger.modals(priya)).toMatchObject([{ callbackId: 'second', privateMetadata: '' }]);
    expect(await errorOf(web.views.update({ view_id, hash: view?.hash ?? '', view: modal() }))).toBe(
      'hash_conflict',
    );
    await slack.closes(priya, { id: view_id });
    expect(await errorOf(web.views.update({ view_id, view: modal() }))).toBe('not_found');
    await web.views.publish({ user_id: priya, view: { type: 'home', blocks: [] } });
    expect(slack.ledger.home(priya)).toMatchObject({ type: 'home' });
  });

  it('carries a shortcut on a message, and a global one, with a trigger of its own', async () => {
    const said = await slack.says(priya, dev, 'keep this in mind');
    const onMessage = await slack.picks(priya, 'openloop_remember_message', said);
    expect(onMessage.payload).toMatchObject({
      type: 'message_action',
      callback_id: 'openloop_remember_message',
      message: { text: 'keep this in mind', ts: said.ts },
      channel: { id: dev },
    });
    const anywhere = await slack.picks(priya, 'openloop_my_approvals');
    expect(anywhere.payload).toMatchObject({ type: 'shortcut', user: { id: priya } });
  });

  it('refuses a response address after thirty minutes', async () => {
    const ts = await post({ blocks: [{ type: 'actions', elements: [button('go')] }] });
    const { payload } = await slack.presses(priya, { channel: dev, ts }, 'go');
    now += 30 * 60_000 + 1;
    const late = await fetch(String(payload['response_url']), { method: 'POST', body: '{"text":"late"}' });
    expect([late.status, await late.json()]).toEqual([404, { ok: false, error: 'expired_url' }]);
  });

  it('keeps the status of a session, and tells when somebody stops it', async () => {
    const said = await slack.says(priya, dev, '@openloop do it');
    const status = (value: string) =>
      web.agents.sessions.setStatus({ channel_id: dev, thread_ts: said.ts, status: value, title: 'Do it' });
    await status('processing');
    await status('suspended');
    expect(slack.ledger.session(dev, said.ts)).toMatchObject({
      status: 'suspended',
      title: 'Do it',
      history: ['processing', 'suspended'],
    });
    expect(await errorOf(status('asleep'))).toBe('invalid_status');
    const stopped = await slack.stops(priya, said);
    expect(stopped.deliveries[0]?.payload).toMatchObject({
      event: { type: 'agent_session_stopped', user: priya, thread_ts: said.ts },
    });
  });

  it('takes a manifest whose events have their scopes, and says what is wrong with another', async () => {
    const config = connect(slack.configToken);
    const manifest = (scopes: string[]) =>
      JSON.stringify({
        display_information: { name: 'OpenLoop' },
        oauth_config: { scopes: { bot: scopes } },
        settings: { event_subscriptions: { bot_events: ['app_mention'] } },
      });
    const created = await config.apiCall('apps.manifest.create', {
      manifest: manifest(['app_mentions:read']),
    });
    expect(created).toMatchObject({ ok: true, credentials: { signing_secret: expect.any(String) } });
    expect(await refusal(config.apiCall('apps.manifest.validate', { manifest: manifest([]) }))).toMatchObject(
      {
        error: 'invalid_manifest',
        errors: [{ pointer: '/settings/event_subscriptions/bot_events/0' }],
      },
    );
    expect(await errorOf(web.apiCall('apps.manifest.validate', { manifest: '{}' }))).toBe(
      'not_allowed_token_type',
    );
  });

  it('tells of edits and deletions, and only of channels where our bot is', async () => {
    const said = await slack.says(priya, dev, 'first');
    const edited = await slack.edits(priya, said, 'second');
    expect(edited.deliveries[0]?.payload).toMatchObject({
      event: { subtype: 'message_changed', message: { text: 'second' }, previous_message: { text: 'first' } },
    });
    const deleted = await slack.deletes(priya, said);
    expect(deleted.deliveries[0]?.payload).toMatchObject({
      event: { subtype: 'message_deleted', deleted_ts: said.ts },
    });
    const other = slack.seedChannel({ name: 'other', hasBot: false });
    expect((await slack.says(priya, other, '@openloop here?')).deliveries).toEqual([]);
  });

  it('lists every message that notifies people, and none that only shows a mention', async () => {
    const group = slack.seedGroup({ handle: 'maintainers' });
    const section = (text: string) => [{ type: 'section', text: { type: 'mrkdwn', text } }];
    await post({ text: 'Ask priya, @priya, `<@U0PRIYA>`, ```\n<!here>\n``` or &lt;!channel&gt;' });
    await post({ text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: '<!here>' } }] });
    expect(slack.ledger.pings()).toEqual([]);
    await post({ text: `Hey <!here> <@${priya}>` });
    await post({ text: 'x', blocks: section(`For <!subteam^${group}>`) });
    await post({ text: '@priya please', link_names: true });
    const rich = { type: 'rich_text_section', elements: [{ type: 'user', user_id: priya }] };
    await web.chat.postEphemeral({
      channel: dev,
      user: priya,
      text: 'x',
      blocks: [{ type: 'rich_text', elements: [rich] }] as never, // the types want every optional field
    });
    expect(slack.ledger.pings().map(({ mentions }) => mentions)).toEqual([
      ['<!here>', `<@${priya}>`],
      [`<!subteam^${group}>`],
      ['@priya'],
      [`<@${priya}>`],
    ]);
  });
});
