import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type RunView } from '@openloop/api-contract';
import type { SlackDelivery } from '@openloop/simulators';

import type { OpenLoop } from './harness/open-loop.js';
import { isAnswer } from './harness/slack-cards.js';
import { DEV, SLACK_AGENT, SlackWorld } from './harness/slack-world.js';
import { until } from './harness/until.js';

/** Each burst is whole threads, in an order that only the seed decides. */
const BURSTS = 5;
const THREADS_A_BURST = 8;
/** With the one that starts the thread, which Slack tells of twice: as a mention and as a message. */
const MESSAGES_A_THREAD = 10;
const MESSAGES = BURSTS * THREADS_A_BURST * MESSAGES_A_THREAD;
const COPIES = 5;
const SEED = 20_261_121;
const PAGE = 200;
const WITHIN_MS = 240_000;

let world: SlackWorld;
let loop: OpenLoop;

/** Slack's clock, which no two messages share. */
function ticking(): () => Date {
  let last = Date.now();
  return () => new Date((last = Math.max(last + 1, Date.now())));
}

beforeAll(async () => {
  // How soon is measured by bench/surfaces; here it is whether. Slack's own retries are minutes apart and so outlast
  // broken sockets; these are seconds apart, so there are more of them.
  const patient = { ackWithinMs: 200_000, retryDelaysMs: [0, 1_000, 5_000, 10_000, 15_000, 20_000] };
  world = await SlackWorld.start('Socket Mode', { now: ticking(), ...patient });
  loop = await world.open({ agent: { model: 'sim/demo', respondTo: 'all' } });
});

afterAll(async () => {
  await loop.close();
  await world.close();
});

/** Texts by thread, in the order in which they were said. */
async function talk(burst: number): Promise<Map<string, string[]>> {
  const said = new Map<string, string[]>();
  for (let thread = 0; thread < THREADS_A_BURST; thread += 1) {
    const text = `Message 0 of thread ${burst}.${thread}`;
    const { ts } = await world.slack.says('priya', DEV, `@openloop ${text}`);
    said.set(ts, [text]);
  }
  for (let message = 1; message < MESSAGES_A_THREAD; message += 1) {
    for (const [root, texts] of said) {
      const text = texts[0]?.replace('Message 0', `Message ${message}`) ?? '';
      await world.slack.says(message % 2 === 0 ? 'priya' : 'omar', DEV, text, { thread: root });
      texts.push(text);
    }
  }
  return said;
}

/** In the middle of a burst the sockets break, or Slack asks for new ones. */
async function disturb(burst: number): Promise<void> {
  const { slack } = world;
  const before = heard();
  await until(
    'some of the burst to be heard',
    () => slack.openSockets > 0 && heard() > before + THREADS_A_BURST,
  );
  if (burst % 2 === 0) slack.dropSockets();
  else slack.refreshSockets();
}

function heard(): number {
  return world.slack.ledger.deliveries.filter(({ acked }) => acked).length;
}

async function allRuns(): Promise<RunView[]> {
  const runs: RunView[] = [];
  for (let cursor: string | undefined; ;) {
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
    const said = new Map<string, string[]>();
    const events: SlackDelivery[] = [];
    for (let burst = 0; burst < BURSTS; burst += 1) {
      const delivering = slack.inDisorder({ seed: SEED + burst, copies: COPIES }, async () => {
        for (const [root, texts] of await talk(burst)) said.set(root, texts);
      });
      const disturbing = disturb(burst);
      events.push(...(await delivering));
      await disturbing;
    }
    expect(events.length * COPIES).toBeGreaterThanOrEqual(2_000);
    await slack.untilOpened(BURSTS + 1);
    await until('every event to be acked', () => events.every(({ acked }) => acked), WITHIN_MS);

    const isEnded = ({ finished_at: end }: RunView): boolean => end !== null;
    await until(
      'all to be answered',
      async () => (await allRuns()).filter(isEnded).length >= MESSAGES,
      WITHIN_MS,
    );
    const runs = await allRuns();
    expect(runs).toHaveLength(MESSAGES);
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
