import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Heard, HeardAs } from '@openloop/surfaces';

import { SlackError } from '../web/slack-error.js';
import { HttpRig, member, message } from '../../test/inbound/http-rig.js';

let rig: HttpRig;

beforeEach(async () => {
  rig = await HttpRig.start();
});

afterEach(async () => {
  await rig.close();
});

async function heard(event: Record<string, unknown>): Promise<Heard> {
  expect((await rig.event(event)).status).toBe(200);
  const [only] = rig.desk.heard;
  if (!only) throw new Error('Nothing was heard');
  return only;
}

describe('a message that somebody said', () => {
  it('is heard with its place, its time, its author and its plain text', async () => {
    const text = '<@U0BOT> ask <@U0MAX> about <https://ci.test/1|the build> &amp; fix it';
    expect(await heard(message({ text, ts: '1700000009.123456', thread_ts: '1700000000.000100' }))).toEqual({
      key: 'C0DEV/1700000009.123456',
      at: new Date(1_700_000_009_123),
      thread: { surface: 'slack', channel: 'C0DEV', key: 'C0DEV/1700000000.000100' },
      channelName: '#dev-platform',
      isDirect: false,
      isReply: true,
      author: member('U0PRIYA'),
      text: 'ask @max about the build (https://ci.test/1) & fix it',
      mentions: 'agent',
    });
  });

  it('starts its own thread when it is no reply', async () => {
    const said = await heard(message());
    expect(said).toMatchObject({ isReply: false, thread: { key: 'C0DEV/1700000000.000100' } });
  });

  it('has no channel name in a direct conversation', async () => {
    const said = await heard(message({ channel: 'D0MAX', channel_type: 'im' }));
    expect(said).toMatchObject({ isDirect: true, channelName: null });
  });

  it.each(['file_share', 'thread_broadcast'])('is heard although it is a %s', async (subtype) => {
    expect((await heard(message({ subtype }))).text).toBe('hello');
  });

  it('is heard when it is only a file, without text', async () => {
    expect((await heard(message({ text: null, subtype: 'file_share' }))).text).toBe('');
  });

  it('is heard when the names in it cannot be had', async () => {
    rig.onAccount = (id) =>
      id === 'U0PRIYA' ? Promise.resolve(member(id)) : Promise.reject(new Error('away'));
    expect((await heard(message({ text: 'ask <@U0MAX>' }))).text).toBe('ask @U0MAX');
  });

  it('is left for Slack to send again when nobody can say who wrote it', async () => {
    rig.onAccount = () => Promise.reject(new SlackError('timeout', { isDefinite: false }));
    expect((await rig.event(message())).status).toBe(503);
    expect(rig.desk.heard).toEqual([]);
  });

  it('of 40,000 characters and 3,000 mentions is read in no time and with 20 names looked up', async () => {
    const text = Array.from({ length: 3_000 }, (_, at) => `<@U${1_000_000 + at}>`)
      .join(' ')
      .slice(0, 40_000);
    const startedAt = performance.now();
    const said = await heard(message({ text }));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(rig.lookedUp).toBe(21);
    expect(said.mentions).toBe('others');
  });
});

/** Case 84: never an error, always a name. */
const NOBODY_SAID: readonly [name: string, event: unknown][] = [
  ['our own message', message({ user: 'U0BOT' })],
  ['our own message by bot id', message({ user: undefined, bot_id: 'B0BOT' })],
  ['another bot’s message', message({ bot_id: 'B0OTHER' })],
  [
    'a message of subtype bot_message',
    message({ subtype: 'bot_message', bot_id: 'B0OTHER', user: undefined }),
  ],
  ['an edit', message({ subtype: 'message_changed', hidden: true, message: message(), user: undefined })],
  [
    'an edited mention',
    message({ type: 'app_mention', edited: { user: 'U0PRIYA', ts: '1700000002.000000' } }),
  ],
  ['a deletion', message({ subtype: 'message_deleted', hidden: true, user: undefined, text: undefined })],
  ['a hidden message', message({ hidden: true })],
  ['somebody joining', message({ subtype: 'channel_join' })],
  ['a message by nobody', message({ user: undefined })],
  ['an event of an unknown type', { type: 'tea_time' }],
  ['an event that is null', null],
  ['an event that is text', 'message'],
  ['an event that is a list', []],
  ['an event without a type', {}],
  ['an event whose type is a number', { type: 7 }],
  ['a message without a channel', message({ channel: undefined })],
  ['a message with a channel for a path', message({ channel: 'C0/../D0' })],
  ['a message with an object for a channel', message({ channel: null })],
  ['a message without a time', message({ ts: undefined })],
  ['a message with a time that is none', message({ ts: 'now' })],
  ['a message whose author is null', message({ user: null })],
  ['a message whose author is an object', message({ user: { id: 'U0PRIYA' } })],
  ['a message whose text is a number', message({ text: 7 })],
  ['a reaction to nothing', { type: 'reaction_added', user: 'U0MAX', reaction: 'mute', item: null }],
  [
    'a reaction to a file',
    { type: 'reaction_added', user: 'U0MAX', reaction: 'mute', item: { type: 'file' } },
  ],
  ['a group event without a group', { type: 'subteam_updated', subteam: null }],
];

describe('what nobody said', () => {
  it.each(NOBODY_SAID)('%s is answered 200 and reaches nobody', async (_name, event) => {
    expect((await rig.event(event)).status).toBe(200);
    await rig.settle();
    expect(rig.desk.reached).toBe(0);
    expect(rig.logged).toEqual([]);
  });

  it('goes on record when it cannot even be read', async () => {
    await rig.event(null);
    await rig.event(message({ ts: 'now' }));
    await rig.settle();
    expect(rig.desk.reasons()).toEqual({ event_unreadable: 2 });
  });
});

describe('Slack’s Stop button', () => {
  const stopped = {
    type: 'agent_session_stopped',
    user: 'U0PRIYA',
    channel: 'C0DEV',
    thread_ts: '1690000000.000100',
  };

  it('stops what runs in its thread', async () => {
    expect((await rig.event(stopped)).status).toBe(200);
    expect(rig.desk.stopped).toMatchObject([
      { key: 'C0DEV/1690000000.000100', by: { id: 'T0ACME/U0PRIYA' } },
    ]);
  });

  it('without a thread stops nothing', async () => {
    expect((await rig.event({ ...stopped, thread_ts: null })).status).toBe(200);
    expect(rig.desk.stopped).toEqual([]);
  });
});

describe('the answer to a message', () => {
  const answers: readonly [HeardAs, method: string, args: object][] = [
    [
      { kind: 'refused', words: '⛔ Budget <reached>' },
      'chat.postEphemeral',
      {
        channel: 'C0DEV',
        user: 'U0PRIYA',
        thread_ts: '1690000000.000100',
        text: '⛔ Budget &lt;reached&gt;',
      },
    ],
    [{ kind: 'stopped', words: 'Stopped' }, 'chat.postEphemeral', { text: 'Stopped', user: 'U0PRIYA' }],
    [
      { kind: 'muted' },
      'reactions.add',
      { channel: 'C0DEV', timestamp: '1700000000.000100', name: 'zipper_mouth_face' },
    ],
  ];

  it.each(answers)('to %j goes out once, however often the message comes', async (heardAs, method, args) => {
    rig.desk.onHear = () => Promise.resolve(heardAs);
    const event = message({ text: '<@U0BOT> hi', thread_ts: '1690000000.000100' });
    await Promise.all([rig.event(event), rig.event({ ...event, type: 'app_mention' }), rig.event(event)]);
    await rig.settle();
    expect(rig.calls).toHaveLength(1);
    expect(rig.calls).toMatchObject([{ method, args }]);
  });

  it.each<HeardAs>([{ kind: 'unmuted' }, { kind: 'queued', runId: 'run_1', isNew: true, unmuted: true }])(
    'to an unmuting (%j) is that our marks are taken off the thread',
    async (heardAs) => {
      rig.desk.onHear = () => Promise.resolve(heardAs);
      const marked = {
        ts: '1700000000.000200',
        reactions: [{ name: 'zipper_mouth_face', users: ['U0BOT'] }],
      };
      const others = {
        ts: '1700000000.000300',
        reactions: [{ name: 'zipper_mouth_face', users: ['U0MAX'] }],
      };
      rig.onCall = (method) =>
        method === 'conversations.replies' ? { messages: [marked, others] } : { ok: true };
      await rig.event(message({ ts: '1700000000.000900', thread_ts: '1700000000.000100' }));
      await rig.settle();
      expect(rig.calls.filter(({ method }) => method === 'reactions.remove')).toEqual([
        { method: 'reactions.remove', args: expect.objectContaining({ timestamp: '1700000000.000200' }) },
      ]);
    },
  );

  it.each<HeardAs>([
    { kind: 'queued', runId: 'run_1', isNew: true },
    { kind: 'ignored', why: 'not_addressed' },
  ])('to %j is silence', async (heardAs) => {
    rig.desk.onHear = () => Promise.resolve(heardAs);
    await rig.event(message());
    await rig.settle();
    expect(rig.calls).toEqual([]);
  });
});

describe('🔇', () => {
  const item = { type: 'message', channel: 'C0DEV', ts: '1700000001.000100' };
  const reaction = { type: 'reaction_added', user: 'U0MAX', reaction: 'mute', item, item_user: 'U0BOT' };

  beforeEach(() => {
    rig.onCall = () => ({ messages: [{ ts: item.ts, thread_ts: '1700000000.000100' }] });
  });

  it('on one of our messages mutes its thread, and is acknowledged with 🤐', async () => {
    await rig.event(reaction);
    await rig.settle();
    expect(rig.desk.muted).toEqual([{ key: 'C0DEV/1700000000.000100', by: member('U0MAX'), isMuted: true }]);
    expect(rig.calls.at(-1)).toMatchObject({ method: 'reactions.add', args: { timestamp: item.ts } });
  });

  it('taken off again unmutes it', async () => {
    await rig.event({ ...reaction, type: 'reaction_removed' });
    await rig.settle();
    expect(rig.desk.muted).toMatchObject([{ isMuted: false }]);
    expect(rig.calls.at(-1)?.method).toBe('reactions.remove');
  });

  it.each([
    ['another reaction', { reaction: 'eyes' }],
    ['on somebody else’s message', { item_user: 'U0PRIYA' }],
    ['by ourselves', { user: 'U0BOT' }],
  ])('%s changes nothing', async (_name, more) => {
    expect((await rig.event({ ...reaction, ...more })).status).toBe(200);
    expect(rig.desk.muted).toEqual([]);
  });

  it('by an outsider changes nothing', async () => {
    rig.onAccount = (id) => Promise.resolve({ ...member(id), outsider: 'guest' });
    await rig.event(reaction);
    expect(rig.desk.muted).toEqual([]);
  });

  it('on a message that is gone changes nothing and is not sent again', async () => {
    rig.onCall = () => Promise.reject(new SlackError('thread_not_found', { isDefinite: true }));
    expect((await rig.event(reaction)).status).toBe(200);
    expect(rig.desk.muted).toEqual([]);
  });
});

describe('a group whose members change', () => {
  it('is no longer believed', async () => {
    await rig.event({ type: 'subteam_members_changed', subteam_id: 'S0OPS', team_id: 'T0ACME' });
    rig.clock.advance(1_000);
    await rig.event({ type: 'subteam_updated', subteam: { id: 'S0OPS', date_delete: 1 } });
    expect(rig.desk.groups).toEqual(['S0OPS', 'S0OPS']);
  });
});
