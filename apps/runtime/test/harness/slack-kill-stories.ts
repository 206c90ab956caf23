import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { githubFaults, slackFaults } from '@openloop/simulators';

import { ISSUES } from './outside.js';
import { build } from './program.js';
import { teammateBrain } from './slack-brain.js';
import { SlackKillBench } from './slack-kill-bench.js';
import { APPROVE, type Thread } from './slack-world.js';
import { until } from './until.js';

const BUILD_MS = 120_000;
const STORY_MS = 300_000;
/** Longer than the program lives. */
const SLOW_MS = 8_000;

let bench: SlackKillBench;

/** The same stories for both sizes. */
export function slackKillStories(size: 'the embedded database' | 'Postgres and Redis'): void {
  describe(`A thread in Slack on ${size}, when the program is killed with SIGKILL`, () => {
    beforeAll(() => build(), BUILD_MS);
    beforeAll(async () => {
      bench = await SlackKillBench.open(size === 'the embedded database');
    });
    afterAll(() => bench.close());

    it.each(STORIES)('%s comes to one write, one card and one answer', (_, story) => story(), STORY_MS);
  });
}

const STORIES: readonly (readonly [when: string, story: () => Promise<void>])[] = [
  ['right after a mention was acked', afterMention],
  ['while the model is thinking', whileThinking],
  ['while its card is being posted', whilePostingCard],
  ['while the write is held', whileHeld],
  ['right after a click was acked', afterClick],
  ['after the issue was created, before anybody knew', afterCreating],
  ['before the card could show the outcome', beforeOutcome],
  ['while its answer is being posted', whilePostingAnswer],
];

async function asked(title: string): Promise<Thread> {
  const { thread, said } = await bench.world.asksInThread(`open "${title}"`);
  expect(said.acked).toBe(true);
  return thread;
}

async function afterMention(): Promise<void> {
  const title = 'Killed after the ack';
  await bench.start();
  const thread = await asked(title);
  await bench.kill();
  await approvedLater(thread, title);
}

async function whileThinking(): Promise<void> {
  const title = 'Killed while thinking';
  const { outside } = bench.world;
  await bench.start();
  const before = outside.openai.ledger.requests.length;
  outside.brain = () => ({ hang: true });
  const thread = await asked(title);
  await until('the model to be asked', () => outside.openai.ledger.requests.length > before);
  await bench.kill();
  outside.brain = teammateBrain;
  await approvedLater(thread, title);
}

async function whilePostingCard(): Promise<void> {
  const title = 'Killed while its card went out';
  const { slack } = bench.world;
  await bench.start();
  slack.arm({ method: 'chat.postMessage', fault: slackFaults.slow(SLOW_MS) });
  const thread = await asked(title);
  await bench.world.openCard(thread);
  await bench.kill();
  expect(slack.armed).toBe(0);
  await approvedLater(thread, title);
}

async function whileHeld(): Promise<void> {
  const title = 'Killed while held';
  const { slack } = bench.world;
  await bench.start();
  const thread = await asked(title);
  const card = await bench.world.openCard(thread);
  await bench.kill();
  const lost = await slack.presses('omar', card, APPROVE);
  expect(lost.acked).toBe(false);
  await approvedLater(thread, title);
}

/** The one end that may be another: a worker that died with a request in its hands cannot say that it was not sent. */
async function afterClick(): Promise<void> {
  const title = 'Killed after the click';
  const { slack } = bench.world;
  await bench.start();
  const thread = await asked(title);
  const click = await slack.presses('omar', await bench.world.openCard(thread), APPROVE);
  expect(click.acked).toBe(true);
  await bench.kill();
  await bench.restarted((restarted) => bench.convergesHonestly(restarted, { thread, title }));
}

async function afterCreating(): Promise<void> {
  const title = 'Killed after creating';
  const { slack, outside } = bench.world;
  await bench.start();
  const thread = await asked(title);
  const card = await bench.world.openCard(thread);
  outside.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThenSilence() });
  await slack.presses('omar', card, APPROVE);
  await until('GitHub to create it', () => bench.created(title) === 1);
  await bench.kill();
  await bench.restarted((restarted) => bench.converges(restarted, { thread, title }));
}

async function beforeOutcome(): Promise<void> {
  const title = 'Killed before the outcome';
  const { slack } = bench.world;
  await bench.start();
  const thread = await asked(title);
  const card = await bench.world.openCard(thread);
  slack.arm({ method: 'chat.update', fault: slackFaults.rateLimited(30), times: 3 });
  await slack.presses('omar', card, APPROVE);
  await bench.world.answer(thread);
  expect(slack.ledger.updates(card.ts)).toEqual([]);
  await bench.kill();
  slack.settle();
  await bench.restarted((restarted) => bench.converges(restarted, { thread, title }));
}

async function whilePostingAnswer(): Promise<void> {
  const title = 'Killed while its answer went out';
  const { slack } = bench.world;
  await bench.start();
  const thread = await asked(title);
  const card = await bench.world.openCard(thread);
  slack.arm({ method: 'chat.postMessage', fault: slackFaults.slow(SLOW_MS) });
  await slack.presses('omar', card, APPROVE);
  await bench.world.answer(thread);
  await bench.kill();
  expect(slack.armed).toBe(0);
  await bench.restarted((restarted) => bench.converges(restarted, { thread, title }));
}

/** After the restart the write is approved, and all comes to its end. */
async function approvedLater(thread: Thread, title: string): Promise<void> {
  await bench.restarted(async (restarted) => {
    await bench.approves(restarted, thread);
    await bench.converges(restarted, { thread, title });
  });
}
