import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type AuditView } from '@openloop/api-contract';
import { slackBody, type SlackMessage } from '@openloop/simulators';

import type { OpenLoop } from './harness/open-loop.js';
import { ISSUES } from './harness/outside.js';
import { teammateBrain } from './harness/slack-brain.js';
import { isOpen } from './harness/slack-cards.js';
import { forgeries, type Forged } from './harness/slack-forgeries.js';
import { APPROVE, DENY, DETAILS, DEV, SLACK_AGENT, SlackWorld, type Thread } from './harness/slack-world.js';
import { until } from './harness/until.js';

const PAYLOADS_OF_A_KIND = 10;
const REPLAYS = 25;
const REFUSED = 'surface.refused';

let world: SlackWorld;
let loop: OpenLoop;
let url: string;
let thread: Thread;
let card: SlackMessage;

/** A runtime with one write held, which nobody may decide by forging. */
beforeAll(async () => {
  world = await SlackWorld.start('HTTP');
  world.outside.brain = teammateBrain;
  world.slack.seedUser({ id: 'U0GUEST', name: 'guest', isRestricted: true });
  world.slack.seedUser({ id: 'U0FOREIGN', name: 'foreign', teamId: 'T0OTHER' });
  loop = await world.open();
  url = `${loop.url}/slack/events`;
  await world.outside.openIssue('An older issue');
  thread = (await world.asksInThread('open "Held while it is forged"')).thread;
  card = await world.openCard(thread);
});

afterAll(async () => {
  await loop.close();
  await world.close();
});

/** How often each reason is on record: one by one, and what was only counted. */
async function recorded(after: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const add = (reason: string, times: number): void => {
    counts[reason] = (counts[reason] ?? 0) + times;
  };
  for (const { facts } of await refusals(after)) {
    if (facts['reason'] !== 'flood') add(String(facts['reason']), 1);
    else for (const [reason, times] of Object.entries(facts['facts'] ?? {})) add(reason, Number(times));
  }
  return counts;
}

async function refusals(after: number): Promise<AuditView[]> {
  const query = { name: REFUSED, order: 'asc' as const, limit: 200, after };
  return (await loop.operator.call(routes['audit.list'], { query })).data;
}

async function lastSeq(): Promise<number> {
  return (await loop.operator.call(routes['audit.list'], { query: { limit: 1 } })).data[0]?.seq ?? 0;
}

async function stillHeld(): Promise<void> {
  const { data } = await loop.operator.call(routes['runs.list'], { query: { agent: SLACK_AGENT } });
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({ status: 'waiting' });
  const approval = await loop.operator.approval(data[0]?.approvals[0] ?? '');
  expect(approval).toMatchObject({ status: 'held', votes: [] });
  expect(world.cards(thread).map(isOpen)).toEqual([true]);
  expect(world.slack.ledger.updates(card.ts)).toEqual([]);
  expect(world.outside.github.ledger.posts(ISSUES)).toHaveLength(0);
}

function countsOf(sent: readonly Forged[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(sent, ({ reason }) => reason)).map(([reason, all]) => [
      reason,
      all?.length ?? 0,
    ]),
  );
}

describe('Requests that Slack did not sign, or not for us', () => {
  it('start nothing and decide nothing, and each reason is counted in the audit', async () => {
    const after = await lastSeq();
    const pressed = await world.slack.presses('mallory', card, DETAILS);
    const mention = world.slack.callback({
      type: 'app_mention',
      user: 'U0PRIYA',
      channel: DEV,
      channel_type: 'channel',
      ts: '1700000000.000100',
      text: '<@U0BOT> open "Forged"',
    });
    const sent = forgeries({ mention, press: pressed.payload, times: PAYLOADS_OF_A_KIND });
    expect(sent.length).toBeGreaterThanOrEqual(200);
    for (const { body, forgery, status, reason } of sent) {
      const answer = await world.slack.signed(url, body, forgery);
      expect({ reason, status: answer.status }).toEqual({ reason, status });
    }
    const wanted = countsOf(sent);
    const total = async () => Object.values(await recorded(after)).reduce((sum, each) => sum + each, 0);
    await until('every refusal to be on record', async () => (await total()) >= sent.length);
    expect(await recorded(after)).toEqual(wanted);
    await stillHeld();
  });

  it('are turned away when they come a second time, except messages, which are known by their key', async () => {
    const { slack } = world;
    const timestamp = Math.floor(Date.now() / 1000);
    const after = await lastSeq();
    const pressed = await slack.presses('mallory', card, DETAILS);
    const payload = { ...pressed.payload, trigger_id: 'recorded' };
    const body = slackBody({ kind: 'interactive', payload });
    expect((await slack.signed(url, body, { timestamp })).status).toBe(200);
    for (let replay = 0; replay < REPLAYS; replay += 1) {
      const answer = await slack.signed(url, body, { timestamp });
      expect(answer).toMatchObject({ status: 401, body: { error: 'replayed' } });
    }
    await until('the replays to be on record', async () => (await recorded(after))['replayed'] === REPLAYS);

    const [mention] = slack.ledger.deliveries.filter(({ about }) => about === 'app_mention');
    const again = JSON.stringify(mention?.payload);
    for (let replay = 0; replay < REPLAYS; replay += 1) {
      expect((await slack.signed(url, again, { timestamp })).status).toBe(200);
    }
    await stillHeld();
  });
});

describe('Presses that Slack did sign', () => {
  const bad: [what: string, user: string, reason: string, forged: Record<string, unknown>][] = [
    ['by a guest', 'guest', 'outsider_pressed', {}],
    ['by somebody of another company', 'foreign', 'outsider_pressed', {}],
    ['with a token that nobody sealed', 'omar', 'button_invalid', { value: `11${'0'.repeat(52)}` }],
    ['with no token', 'omar', 'button_invalid', { value: '' }],
    ['with a token that is no text', 'omar', 'button_invalid', { value: { $ne: null } }],
    ['with 2,001 characters of token', 'omar', 'button_invalid', { value: 'x'.repeat(2_001) }],
    ['of a button that we do not have', 'omar', 'button_invalid', { action_id: 'approval.grant' }],
  ];

  it.each(bad)('%s decide nothing, are told, and are on record', async (_, user, reason, forged) => {
    const { slack } = world;
    for (const action of [APPROVE, DENY]) {
      const after = await lastSeq();
      const calls = slack.ledger.calls.length;
      await slack.presses(user, card, action, { forged });
      const told = () =>
        slack.ledger.calls.slice(calls).some(({ args }) => /^[⛔]/u.test(String(args['text'])));
      await until('the words', told);
      await until('the record', async () => (await refusals(after)).length > 0);
      expect(await recorded(after)).toEqual({ [reason]: 1 });
    }
    await stillHeld();
  });

  it('in another channel than the card is in decide nothing', async () => {
    const { slack } = world;
    const after = await lastSeq();
    const { payload } = await slack.presses('mallory', card, DETAILS);
    const elsewhere = JSON.parse(JSON.stringify(payload).replaceAll(DEV, 'C0ELSEWHERE'));
    const actions = [{ ...elsewhere.actions[0], ...approveOf(card) }];
    await slack.sends('interactive', { ...elsewhere, user: { id: 'U0OMAR', team_id: 'T0ACME' }, actions });
    await until('the record', async () => (await refusals(after)).length > 0);
    expect(await recorded(after)).toEqual({ button_invalid: 1 });
    await stillHeld();
  });

  it('of an approver still count afterwards', async () => {
    await world.slack.presses('omar', card, APPROVE);
    await world.showing(card, /Approved:/);
    await world.answer(thread);
    expect(world.outside.github.ledger.posts(ISSUES)).toHaveLength(1);
    expect(await loop.operator.verify()).toMatchObject({ ok: true });
  });
});

/** The true Approve of a card, to be pressed where it is not. */
function approveOf({ blocks }: SlackMessage): object {
  const actions = blocks.find(({ type }) => type === 'actions')?.['elements'];
  const all: Record<string, unknown>[] = Array.isArray(actions) ? actions : [];
  const { action_id: actionId, value } = all.find((each) => each['action_id'] === APPROVE) ?? {};
  return { action_id: actionId, value };
}
