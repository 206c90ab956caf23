import { afterEach, describe, expect, it } from '@jest/globals';
import { slackFaults } from '@openloop/simulators';

import { SlackShow } from './slack-show.js';
import { HOSTILE_TEXTS } from '../../test/hostile-texts.js';
import { approval, aSlack, run, webTo } from '../../test/a-slack.js';

let close: (() => Promise<void>) | undefined;

async function aPlace(options: Parameters<typeof aSlack>[0] = {}) {
  const place = await aSlack(options);
  close = place.server.close;
  return place;
}

afterEach(async () => {
  await close?.();
  close = undefined;
});

describe('showing a message in a Slack thread', () => {
  it('posts it once, marked, without previews, and names it by channel and time', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();

    const shown = await show.show(wanted());

    const [post, ...more] = slack.ledger.posts(channel, ts);
    expect(more).toEqual([]);
    expect(shown).toEqual({ kind: 'shown', refs: [`${channel}/${post?.ts}`] });
    expect(slack.ledger.callsOf('chat.postMessage')[0]?.args).toMatchObject({
      thread_ts: ts,
      metadata: { event_type: 'openloop_delivery', event_payload: { id: 'dlv_1', part: 0 } },
      unfurl_links: 'false',
      unfurl_media: 'false',
      link_names: 'false',
      parse: 'none',
    });
    expect(slack.ledger.pings()).toEqual([]);
  });

  it('edits what is there and posts nothing new', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    const first = await show.show(wanted());
    const refs = 'refs' in first ? first.refs : [];

    const second = await show.show(
      wanted({
        refs,
        rendering: approval({ state: '🚫 Denied:', headline: '🚫 Denied: x', expiresAt: null }),
      }),
    );

    expect(second).toEqual({ kind: 'shown', refs });
    const [post, ...more] = slack.ledger.posts(channel, ts);
    expect(more).toEqual([]);
    expect(JSON.stringify(post?.blocks)).toContain('🚫 Denied:');
    expect(post?.metadata).toMatchObject({ event_payload: { id: 'dlv_1' } });
  });

  it.each([
    ['a timeout', slackFaults.postedThenTimeout()],
    ['a reset', slackFaults.postedThenReset()],
    ['a 500', slackFaults.postedThen500()],
    ['half an answer', slackFaults.halfAnswer()],
  ])('finds what it posted before %s, and posts it once', async (_, fault) => {
    const { slack, server, wanted, channel, ts } = await aPlace();
    const show = new SlackShow(webTo(slack, server.apiUrl, { timeoutMs: 500 }));
    slack.arm({ method: 'chat.postMessage', fault });

    const shown = await show.show(wanted());

    expect(slack.armed).toBe(0);
    const posts = slack.ledger.posts(channel, ts);
    expect(posts).toHaveLength(1);
    expect(shown).toEqual({ kind: 'shown', refs: [`${channel}/${posts[0]?.ts}`] });
    expect(slack.ledger.callsOf('chat.postMessage')).toHaveLength(1);
  });

  it('comes back later when it cannot find out, and then adopts what it posted, in its present state', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    slack.arm({ method: 'chat.postMessage', fault: slackFaults.postedThenReset() });
    slack.arm({ method: 'conversations.replies', fault: slackFaults.down() });

    const first = await show.show(wanted());
    const second = await show.show(
      wanted({ mustLook: true, rendering: approval({ state: '⛔ Expired:', expiresAt: null }) }),
    );

    expect(first).toMatchObject({ kind: 'later', refs: [] });
    expect(first.kind === 'later' && first.retryInMs).toBeGreaterThan(10_000);
    const posts = slack.ledger.posts(channel, ts);
    expect(posts).toHaveLength(1);
    expect(second).toEqual({ kind: 'shown', refs: [`${channel}/${posts[0]?.ts}`] });
    expect(JSON.stringify(posts[0]?.blocks)).toContain('⛔ Expired:');
  });

  it('posts when it has looked through every page of the thread and it is not there', async () => {
    const { slack, show, wanted, channel, ts, priya } = await aPlace();
    for (let reply = 0; reply < 205; reply += 1)
      await slack.says(priya, channel, `reply ${reply}`, { thread: ts });

    await show.show(wanted({ mustLook: true }));
    await show.show(wanted({ mustLook: true }));

    expect(slack.ledger.callsOf('conversations.replies')).toHaveLength(4);
    expect(slack.ledger.posts(channel, ts)).toHaveLength(1);
  });

  it('does not adopt a message of another delivery', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    await show.show(wanted());

    await show.show(wanted({ deliveryId: 'dlv_2', mustLook: true }));

    expect(slack.ledger.posts(channel, ts)).toHaveLength(2);
  });

  it('comes back when Slack asks to, and not before', async () => {
    const { slack, server, wanted, channel, ts } = await aPlace();
    let now = 0;
    const show = new SlackShow(webTo(slack, server.apiUrl, { now: () => now }));
    slack.arm({ method: 'chat.postMessage', fault: slackFaults.rateLimited(30) });

    const limited = await show.show(wanted());
    now = 20_000;
    const tooEarly = await show.show(wanted());
    now = 30_000;
    const inTime = await show.show(wanted());

    expect(limited).toEqual({ kind: 'later', retryInMs: 30_000, reason: 'rate_limited', refs: [] });
    expect(tooEarly).toEqual({ kind: 'later', retryInMs: 10_000, reason: 'rate_limited', refs: [] });
    expect(inTime.kind).toBe('shown');
    expect(slack.ledger.callsOf('chat.postMessage')).toHaveLength(2);
    expect(slack.ledger.posts(channel, ts)).toHaveLength(1);
  });

  it('goes on after the parts that were posted', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    const rendering = run('idle', 'word '.repeat(5_000));
    slack.arm({ method: 'chat.postMessage', after: 1, fault: slackFaults.refused('internal_error') });

    const first = await show.show(wanted({ rendering }));
    const refs = 'refs' in first ? first.refs : [];
    const second = await show.show(wanted({ rendering, refs, mustLook: true }));

    expect(first).toMatchObject({ kind: 'later', reason: 'internal_error' });
    expect(refs).toHaveLength(1);
    expect(second.kind === 'shown' && second.refs).toHaveLength(3);
    expect(slack.ledger.posts(channel, ts)).toHaveLength(3);
  });

  it('takes away the parts that a shorter answer does not have', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    const long = await show.show(wanted({ rendering: run('idle', 'word '.repeat(5_000)) }));

    const short = await show.show(
      wanted({ rendering: run('idle', 'ok'), refs: 'refs' in long ? long.refs : [] }),
    );

    expect(short.kind === 'shown' && short.refs).toHaveLength(1);
    expect(slack.ledger.posts(channel, ts).filter(({ isDeleted }) => !isDeleted)).toHaveLength(1);
  });

  it('is gone from an archived channel', async () => {
    const { slack, show, wanted, channel } = await aPlace();
    slack.archive(channel);

    expect(await show.show(wanted())).toEqual({ kind: 'gone', reason: 'is_archived' });
  });

  it('is gone where the bot was removed', async () => {
    const { slack, show, wanted, channel } = await aPlace();
    await slack.leaves(slack.bot.userId, channel);

    expect(await show.show(wanted())).toEqual({ kind: 'gone', reason: 'not_in_channel' });
  });

  it('is gone when its message is', async () => {
    const { show, wanted, channel } = await aPlace();

    const shown = await show.show(wanted({ refs: [`${channel}/1.000100`] }));

    expect(shown).toEqual({ kind: 'gone', reason: 'message_not_found' });
  });

  it.each(['token_revoked', 'account_inactive', 'missing_scope'])(
    'waits for the operator after %s',
    async (error) => {
      const { slack, show, wanted } = await aPlace();
      slack.arm({ method: 'chat.postMessage', fault: slackFaults.refused(error) });

      expect(await show.show(wanted())).toEqual({
        kind: 'later',
        retryInMs: 300_000,
        reason: error,
        refs: [],
      });
    },
  );

  it('comes back when Slack is away', async () => {
    const { server, show, wanted } = await aPlace();
    await server.close();
    close = undefined;

    expect(await show.show(wanted())).toMatchObject({ kind: 'later', reason: 'unreachable' });
  });
});

describe('hostile texts', () => {
  it('are taken by Slack as they are rendered, and call nobody', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    const line = (text: string) => ({ label: text, value: text });

    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      const card = {
        headline: text,
        state: text,
        summary: text,
        context: [text],
        footer: text,
        reference: text,
        resultUrl: null,
        statedReason: text,
      };
      const rendering = approval({ ...card, lines: [line(text)], args: [line(text)], diff: text });
      const shown = [
        await show.show(wanted({ deliveryId: `card_${index}`, rendering })),
        await show.show(wanted({ deliveryId: `answer_${index}`, rendering: run('idle', text) })),
      ];

      expect({ text, kinds: shown.map(({ kind }) => kind) }).toEqual({ text, kinds: ['shown', 'shown'] });
    }
    expect(slack.ledger.posts(channel, ts).length).toBeGreaterThanOrEqual(2 * HOSTILE_TEXTS.length);
    expect(slack.ledger.pings()).toEqual([]);
  });
});

describe('how a task is going, in its thread', () => {
  it('is the status of an agent session, told once per change', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    for (const signal of ['working', 'working', 'waiting', 'working', 'idle', 'idle'] as const) {
      await show.show(wanted({ rendering: run(signal) }));
    }

    const calls = slack.ledger.callsOf('agents.sessions.setStatus');
    expect(calls.map(({ args }) => args['status'])).toEqual([
      'processing',
      'suspended',
      'processing',
      'active',
    ]);
    expect(calls[0]?.args).toMatchObject({ channel_id: channel, thread_ts: ts, title: 'Is CI red?' });
    expect(slack.ledger.posts(channel, ts)).toEqual([]);
  });

  it.each(['missing_scope', 'not_allowed', 'unknown_method'])(
    'is 👀 after %s, which is not asked again',
    async (error) => {
      const { slack, show, wanted, channel, ts } = await aPlace();
      slack.arm({ method: 'agents.sessions.setStatus', fault: slackFaults.refused(error), times: 9 });

      await show.show(wanted({ rendering: run('working') }));
      const whileBusy = slack.ledger.message(channel, ts)?.reactions;
      await show.show(wanted({ rendering: run('waiting') }));
      const shown = await show.show(wanted({ rendering: run('idle', 'Green.') }));

      expect(whileBusy).toEqual([{ name: 'eyes', users: [slack.bot.userId] }]);
      expect(slack.ledger.message(channel, ts)?.reactions).toEqual([]);
      expect(slack.ledger.callsOf('agents.sessions.setStatus')).toHaveLength(1);
      expect(slack.ledger.callsOf('reactions.add')).toHaveLength(1);
      expect(shown.kind).toBe('shown');
    },
  );

  it('never keeps an answer back', async () => {
    const { slack, show, wanted, channel, ts } = await aPlace();
    for (const method of ['agents.sessions.setStatus', 'reactions.add', 'reactions.remove']) {
      slack.arm({ method, fault: slackFaults.down(), times: 9 });
    }
    await show.show(wanted({ rendering: run('working') }));

    const shown = await show.show(wanted({ rendering: run('idle', 'Green.') }));

    expect(shown.kind).toBe('shown');
    expect(slack.ledger.posts(channel, ts)).toHaveLength(1);
  });

  it('turns idle only after the answer is there', async () => {
    const { slack, show, wanted } = await aPlace();
    await show.show(wanted({ rendering: run('working') }));
    await show.show(wanted({ rendering: run('idle', 'Green.') }));

    const methods = slack.ledger.calls.map(({ method }) => method).filter((each) => each !== 'auth.test');
    expect(methods).toEqual(['agents.sessions.setStatus', 'chat.postMessage', 'agents.sessions.setStatus']);
  });
});
