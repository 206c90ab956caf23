import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type RunView } from '@openloop/api-contract';

import type { OpenLoop } from './harness/open-loop.js';
import { isAnswer } from './harness/slack-cards.js';
import { DEV, SLACK_AGENT, SlackWorld } from './harness/slack-world.js';
import { until } from './harness/until.js';

const THREADS = 40;
/** With the one that starts the thread. */
const MESSAGES_A_THREAD = 10;
const COPIES = 5;
const SEED = 20_261_121;
const PAGE = 200;
const DROPS = 6;
const WITHIN_MS = 240_000;

let world: SlackWorld;
let loop: OpenLoop;

/** Slack's clock, which no two messages share. */
function ticking(): () => Date {
  let last = Date.now();
  return () => new Date((last = Math.max(last + 1, Date.now())));
}

beforeAll(async () => {
  world = await SlackWorld.start('Socket Mode', { now: ticking(), retryDelaysMs: [0, 1_000, 5_000] });
  loop = await world.open({ agent: { model: 'sim/demo', respondTo: 'all' } });
});

afterAll(async () => {
  await loop.close();
  await world.close();
});

/** Texts by thread, in the order in which they were said. */
async function talk(): Promise<Map<string, string[]>> {
  const said = new Map<string, string[]>();
  const roots: string[] = [];
  for (let thread = 0; thread < THREADS; thread += 1) {
    const text = `Message 0 of thread ${thread}`;
    const { ts } = await world.slack.says('priya', DEV, `@openloop ${text}`);
    roots.push(ts);
    said.set(ts, [text]);
  }
  for (let message = 1; message < MESSAGES_A_THREAD; message += 1) {
    for (const [thread, root] of roots.entries()) {
      const text = `Message ${message} of thread ${thread}`;
      await world.slack.says(message % 2 === 0 ? 'priya' : 'omar', DEV, text, { thread: root });
      said.get(root)?.push(text);
    }
  }
  return said;
}

/** Cuts the sockets, or has them made anew, each time another share of the events is acked. */
async function disturb(): Promise<number> {
  const { slack } = world;
  const heard = () => slack.ledger.deliveries.filter(({ acked }) => acked).length;
  for (let drop = 1; drop <= DROPS; drop += 1) {
    const share = (THREADS * MESSAGES_A_THREAD * drop) / (DROPS + 1);
    await until(`${share} events to be acked`, () => slack.openSockets > 0 && heard() >= share);
    if (drop % 2 === 0) slack.refreshSockets();
    else slack.dropSockets();
  }
  return slack.openedSockets;
}

async function allRuns(): Promise<RunView[]> {
  const runs: RunView[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { agent: SLACK_AGENT, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await loop.operator.call(routes['runs.list'], { query });
    runs.push(...page.data);
    if (page.next_cursor === null) return runs;
    cursor = page.next_cursor;
  }
}

describe('Two thousand deliveries, in disorder and over sockets that break', () => {
  it('give each message exactly one run, lose none, and keep the order of every thread', async () => {
    const { slack } = world;
    let said = new Map<string, string[]>();
    const delivering = slack.inDisorder({ seed: SEED, copies: COPIES }, async () => (said = await talk()));
    const disturbing = disturb();
    const events = await delivering;
    const sockets = await disturbing;
    expect(events.length * COPIES).toBeGreaterThanOrEqual(2_000);
    expect(sockets).toBeGreaterThan(1);
    await until('every event to be acked', () => events.every(({ acked }) => acked), WITHIN_MS);

    const messages = THREADS * MESSAGES_A_THREAD;
    const ended = async () => (await allRuns()).filter(({ finished_at: end }) => end !== null).length >= messages;
    await until('all to be answered', ended, WITHIN_MS);
    const runs = await allRuns();
    expect(runs).toHaveLength(messages);
    expect(new Set(runs.map(({ input }) => input))).toEqual(new Set([...said.values()].flat()));
    expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['completed']));

    for (const [root, texts] of said) {
      const [run] = runs.filter(({ input }) => input === texts[0]);
      const params = { id: run?.id ?? '' };
      const { data } = await loop.operator.call(routes['runs.messages'], { params });
      expect(data.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual(texts);
      await until(`the answers in ${root}`, () => answersIn(root) >= texts.length);
      expect(answersIn(root)).toBe(texts.length);
    }
    expect(await loop.operator.verify()).toMatchObject({ ok: true });
  }, 600_000);
});

function answersIn(ts: string): number {
  return world.posts({ channel: DEV, ts }).filter(isAnswer).length;
}
