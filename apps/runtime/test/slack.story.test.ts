import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type RunView } from '@openloop/api-contract';
import type { SlackMessage } from '@openloop/simulators';

import type { OpenLoop } from './harness/open-loop.js';
import { ISSUES } from './harness/outside.js';
import { SMALL_TALK, teammateBrain } from './harness/slack-brain.js';
import { buttonsOf, isOpen, wordsOf } from './harness/slack-cards.js';
import {
  APPROVE,
  DENY,
  DETAILS,
  DEV,
  SLACK_AGENT,
  SlackWorld,
  type SlackMode,
  type Thread,
} from './harness/slack-world.js';
import { until } from './harness/until.js';

const TITLE = 'Flaky ingest test';
const REASON = 'A duplicate of #1, look there first';
/** Without agent sessions, as on a workspace that has none: 👀 tells that work goes on. */
const WITHOUT_SESSIONS = [
  'app_mentions:read',
  'channels:history',
  'channels:read',
  'groups:read',
  'chat:write',
  'im:write',
  'reactions:read',
  'reactions:write',
  'usergroups:read',
  'users:read',
];
const MODES: { mode: SlackMode; scopes?: string[] }[] = [
  { mode: 'Socket Mode' },
  { mode: 'HTTP', scopes: WITHOUT_SESSIONS },
];

describe.each(MODES)('A thread in Slack over $mode', ({ mode, scopes }) => {
  let world: SlackWorld;
  let loop: OpenLoop;
  let thread: Thread;
  let first: SlackMessage;
  let second: SlackMessage;

  beforeAll(async () => {
    world = await SlackWorld.start(mode, scopes ? { scopes } : {});
    world.outside.brain = teammateBrain;
    loop = await world.open();
    await world.outside.openIssue('An older issue');
  });

  afterAll(async () => {
    await loop.close();
    await world.close();
  });

  const posts = () => world.outside.github.ledger.posts(ISSUES);
  const asked = () => world.outside.openai.ledger.requests;
  const runs = async (): Promise<RunView[]> =>
    (await loop.operator.call(routes['runs.list'], { query: { agent: SLACK_AGENT } })).data;
  const onlyRun = async (): Promise<RunView> => {
    const [run, ...more] = await runs();
    if (!run || more.length > 0) throw new Error(`There are ${more.length + (run ? 1 : 0)} runs, not one`);
    return run;
  };

  it('shows a held write as a card that tells everything and pings nobody', async () => {
    const { slack } = world;
    const { thread: made, said } = await world.asksInThread(`open "${TITLE}" for @lena please`);
    thread = made;
    expect(said.acked).toBe(true);
    first = await world.openCard(thread);

    expect(world.outside.github.ledger.gets(`${ISSUES}/1`).length).toBeGreaterThan(0);
    expect(world.logs.calls.map(({ tool, args }) => [tool, args])).toEqual([
      ['tail_log', { test: 'ingest' }],
    ]);
    expect(JSON.stringify(asked().at(-1)?.messages)).toContain('Timeout after 30 s in ingest.test.ts');
    expect(posts()).toHaveLength(0);
    expect(buttonsOf(first)).toEqual(['Approve', 'Deny…', 'Details']);
    expect(first.blocks.map(({ type }) => type)).toEqual([
      'rich_text',
      'section',
      'rich_text',
      'context',
      'context',
      'actions',
    ]);
    const words = wordsOf(first);
    expect(words).toMatch(/Approval required:.*\n.*acme\/shop/);
    for (const told of ['github.issues:write', 'acme/shop', SLACK_AGENT, 'Priya N.', TITLE, '@maintainers']) {
      expect(words).toContain(told);
    }
    expect(words).toContain('It fails one time in ten.');
    expect(words).toContain('not verified');
    expect(slack.ledger.pings()).toEqual([]);
    await until('a sign of work', () =>
      scopes
        ? slack.ledger.message(DEV, thread.ts)?.reactions.some(({ name }) => name === 'eyes')
        : slack.ledger.session(DEV, thread.ts)?.history.includes('suspended'),
    );
  });

  it('lets nobody else decide, and tells them privately who can', async () => {
    const { slack } = world;
    const told = await world.told('U0MALLORY', () => slack.presses('mallory', first, APPROVE));
    expect(told).toMatchObject({ channel: DEV, text: expect.stringContaining('@maintainers') });
    expect(told.threadTs).toBe(thread.ts);
    const own = await world.told('U0PRIYA', () => slack.presses('priya', first, APPROVE));
    expect(own.text).toMatch(/You asked for this/);
    expect(slack.ledger.updates(first.ts)).toEqual([]);
    expect(posts()).toHaveLength(0);
    const refusals = (await loop.operator.audited((await onlyRun()).id)).filter(
      ({ name }) => name === 'approval.refused',
    );
    expect(refusals.map(({ facts }) => facts['code'])).toEqual(['not_an_approver', 'self_approval']);
  });

  it('shows the exact JSON on Details', async () => {
    const { slack } = world;
    const form = await world.form('U0OMAR', () => slack.presses('omar', first, DETAILS));
    const words = wordsOf(form);
    const { approvals } = await onlyRun();
    const held = await loop.operator.approval(approvals[0] ?? '');
    expect(words).toContain(held.digest);
    const shown = /\{\n[\s\S]*\n\}/.exec(words)?.[0] ?? 'no JSON';
    expect(JSON.parse(shown)).toEqual({ repo: 'acme/shop', title: TITLE, body: 'It fails one time in ten.' });
    await slack.closes('omar', form);
  });

  it('denies with a reason that the model is told, and takes its second proposal', async () => {
    const { slack } = world;
    const form = await world.form('U0OMAR', () => slack.presses('omar', first, DENY));
    const before = asked().length;
    const sent = await slack.submits('omar', form, { reason: REASON, next: 'continue' });
    expect(sent).toMatchObject({ acked: true, errors: {}, isOpen: false });
    const denied = await world.showing(first, /Denied/);
    expect(isOpen(denied)).toBe(false);
    expect(wordsOf(denied)).toContain(REASON);
    expect(wordsOf(denied)).toContain('Omar K.');

    second = await world.openCard(thread, [first]);
    expect(JSON.stringify(asked()[before]?.messages)).toContain(REASON);
    expect(wordsOf(second)).toContain(`${TITLE} (after #1)`);
    expect(posts()).toHaveLength(0);
  });

  it('sends an approved write once, strips the buttons at once, and answers in the thread', async () => {
    const { slack } = world;
    await slack.presses('omar', second, APPROVE);
    const done = await world.showing(second, /Approved:/);
    const versions = done.versions.slice(1);
    expect(versions.map((version) => isOpen(version))).toEqual(versions.map(() => false));
    expect(wordsOf(versions[0] ?? done)).toMatch(/Approved/);
    expect(wordsOf(done)).toMatch(/#2|issues\/2/);

    const answer = await world.answer(thread);
    expect(answer.threadTs).toBe(thread.ts);
    expect(wordsOf(answer)).toContain('Done:');
    expect(wordsOf(answer)).toMatch(/💸 \$0\.\d+ · openai\/gpt-4o-mini · \d+ s · run_/);
    expect(posts()).toHaveLength(1);
    expect(posts()[0]).toMatchObject({ answered: 201, body: { title: `${TITLE} (after #1)` } });
    const [marker] = /<!-- openloop:effect:\S+ -->/.exec(JSON.stringify(posts()[0]?.body)) ?? [];
    expect(world.outside.github.ledger.createdWith(marker ?? 'no marker')).toHaveLength(1);
    await until('the sign of work to go', () =>
      scopes
        ? slack.ledger.message(DEV, thread.ts)?.reactions.length === 0
        : slack.ledger.session(DEV, thread.ts)?.status === 'active',
    );
  });

  it('leaves one run, two cards without buttons, its usage and its audit', async () => {
    const run = await onlyRun();
    expect(run).toMatchObject({
      status: 'completed',
      surface: 'slack',
      initiator: '@slack.u0priya',
      steps: 4,
    });
    expect(world.cards(thread).map(isOpen)).toEqual([false, false]);
    expect(world.answers(thread)).toHaveLength(1);
    expect(world.slack.ledger.pings()).toEqual([]);
    const query = { agent: SLACK_AGENT, group_by: ['model' as const] };
    const { lines } = await loop.operator.call(routes['usage.report'], { query });
    expect(lines).toEqual([
      expect.objectContaining({ runs: 1, input_tokens: 6_000, output_tokens: 190, cost_usd: run.cost.usd }),
    ]);
    const audited = await loop.operator.audited(run.id);
    const names = audited.map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith('model.') && name !== 'run.waiting')).toEqual([
      'run.started',
      'tool.read',
      'tool.read',
      'action.proposed',
      'approval.requested',
      'approval.refused',
      'approval.refused',
      'approval.voted',
      'approval.decided',
      'action.refused',
      'action.proposed',
      'approval.requested',
      'approval.voted',
      'approval.decided',
      'action.started',
      'action.done',
      'run.completed',
    ]);
    expect(await loop.operator.verify()).toMatchObject({ ok: true });
  });

  it('tells whoever presses a button too late who decided', async () => {
    const { slack } = world;
    const late = await world.told('U0LENA', () => slack.presses('lena', second, APPROVE, { version: 0 }));
    expect(late.text).toMatch(/Omar K\..*approved/);
    const old = await world.told('U0LENA', () => slack.presses('lena', first, APPROVE, { version: 0 }));
    expect(old.text).toMatch(/Omar K\..*denied/);
    const form = await world.told('U0LENA', () => slack.presses('lena', first, DENY, { version: 0 }));
    expect(form.text).toMatch(/Omar K\..*denied/);
    expect(posts()).toHaveLength(1);
  });

  it('goes on in the thread without a mention, and not when somebody else is addressed', async () => {
    const { slack } = world;
    const before = asked().length;
    await slack.says('priya', DEV, '@lena have a look when you can', { thread: thread.ts });
    await slack.says('priya', DEV, 'Thank you!', { thread: thread.ts });
    const answer = await world.answer(thread, 2);
    expect(wordsOf(answer)).toContain(SMALL_TALK);
    expect(asked()).toHaveLength(before + 1);
    const [newest, oldest, ...more] = await runs();
    expect(more).toEqual([]);
    expect(newest?.thread).toBe(oldest?.thread);
    expect(
      asked()
        .at(-1)
        ?.messages.map(({ text }) => text),
    ).toContainEqual(expect.stringContaining(TITLE));
  });

  it('is silent once it is muted, before any model is asked, until it is mentioned', async () => {
    const { slack } = world;
    const before = asked().length;
    const muted = await slack.says('lena', DEV, 'mute', { thread: thread.ts });
    await until('the mark', () => marksOf(muted.ts).includes('zipper_mouth_face'));
    const ignored = await slack.says('lena', DEV, 'Nobody answers this', { thread: thread.ts });
    expect(ignored.acked).toBe(true);
    expect(await runs()).toHaveLength(2);
    expect(asked()).toHaveLength(before);

    await slack.says('lena', DEV, '@openloop are you there?', { thread: thread.ts });
    await world.answer(thread, 3);
    expect(asked()).toHaveLength(before + 1);
    await until('the mark to go', () => marksOf(muted.ts).length === 0);
    await slack.says('lena', DEV, 'And now?', { thread: thread.ts });
    await world.answer(thread, 4);
    expect(await runs()).toHaveLength(4);
  });

  it('stops on the word of anybody in the thread, and sends nothing', async () => {
    const { slack } = world;
    const before = posts().length;
    await slack.says('priya', DEV, '@openloop open "Never to be"', { thread: thread.ts });
    const card = await world.openCard(thread);
    const told = await world.told('U0LENA', () => slack.says('lena', DEV, 'stop', { thread: thread.ts }));
    expect(told.text).toMatch(/Stopping/);
    const cancelled = await world.showing(card, /Cancelled/);
    expect(isOpen(cancelled)).toBe(false);
    const [run] = await runs();
    expect(run?.status).toBe('cancelled');
    const late = await world.told('U0OMAR', () => slack.presses('omar', card, APPROVE, { version: 0 }));
    expect(late.text).toMatch(/cancelled/);
    expect(posts()).toHaveLength(before);
    expect(world.cards(thread).filter(isOpen)).toEqual([]);
    expect(await loop.operator.verify()).toMatchObject({ ok: true });
  });

  it('is tried out and back by a card that decides nothing', async () => {
    const test = loop.operator.call(routes['surfaces.test'], {
      params: { name: 'slack' },
      body: { channel: `#${SLACK_AGENT}`, within: 60 },
    });
    const card = await until('the test card', () =>
      world.slack.ledger
        .posts(DEV)
        .find(({ blocks }) => JSON.stringify(blocks).includes('openloop.round_trip')),
    );
    await world.slack.presses('priya', card, 'openloop.round_trip');

    const { data, errors } = await test;
    expect(errors).toBe(0);
    expect(data.every(({ status }) => status === 'ok')).toBe(true);
    expect(world.slack.ledger.message(DEV, card.ts)?.text).toContain('✅');
  });

  it('is stopped by Slack’s own Stop button', async () => {
    const { thread: stopped } = await world.asksInThread(`open "Never" please`);
    const card = await world.openCard(stopped);

    await world.slack.stops('priya', stopped);

    await world.showing(card, /Cancelled/);
    expect((await world.answer(stopped)).text).toContain('Stopped');
  });

  function marksOf(ts: string): string[] {
    return world.slack.ledger.message(DEV, ts)?.reactions.map(({ name }) => name) ?? [];
  }
});
