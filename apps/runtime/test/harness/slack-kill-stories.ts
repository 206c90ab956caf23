import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { githubFaults, slackFaults } from '@openloop/simulators';

import { ISSUES } from './outside.js';
import { build } from './program.js';
import { teammateBrain } from './slack-brain.js';
import { SlackKillBench, type About, type End } from './slack-kill-bench.js';
import { APPROVE } from './slack-world.js';
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

    it.each(STORIES)(
      '%s comes to one run, one write, one card and one answer',
      async (_, story) => {
        expect(await story()).toEqual({ ...ONE_OF_EACH, card: expect.stringMatching(/^✅ Approved:/) });
      },
      STORY_MS,
    );
    it(
      'right after a click was acked sends that write once, or says that it cannot tell',
      honestly,
      STORY_MS,
    );
  });
}

const ONE_OF_EACH = {
  runs: 1,
  status: 'completed',
  cards: [false],
  answers: 1,
  posted: 1,
  created: 1,
  auditIsWhole: true,
};

const STORIES: readonly (readonly [when: string, story: () => Promise<End>])[] = [
  ['right after a mention was acked', afterMention],
  ['while the model is thinking', whileThinking],
  ['while its card is being posted', whilePostingCard],
  ['while the write is held', whileHeld],
  ['after the issue was created, before anybody knew', afterCreating],
  ['before the card could show the outcome', beforeOutcome],
  ['while its answer is being posted', whilePostingAnswer],
];

/** Asked and acked. */
async function asked(title: string): Promise<About> {
  const { thread, said } = await bench.world.asksInThread(`open "${title}"`);
  if (!said.acked) throw new Error('The mention was not acked');
  return { thread, title };
}

async function afterMention(): Promise<End> {
  const title = 'Killed after the ack';
  await bench.start();
  const about = await asked(title);
  await bench.kill();
  return approvedLater(about);
}

async function whileThinking(): Promise<End> {
  const title = 'Killed while thinking';
  const { outside } = bench.world;
  await bench.start();
  const before = outside.openai.ledger.requests.length;
  outside.brain = () => ({ hang: true });
  const about = await asked(title);
  await until('the model to be asked', () => outside.openai.ledger.requests.length > before);
  await bench.kill();
  outside.brain = teammateBrain;
  return approvedLater(about);
}

async function whilePostingCard(): Promise<End> {
  const title = 'Killed while its card went out';
  const { slack } = bench.world;
  await bench.start();
  slack.arm({ method: 'chat.postMessage', fault: slackFaults.slow(SLOW_MS) });
  const about = await asked(title);
  await bench.world.openCard(about.thread);
  await bench.kill();
  expect(slack.armed).toBe(0);
  return approvedLater(about);
}

async function whileHeld(): Promise<End> {
  const title = 'Killed while held';
  const { slack } = bench.world;
  await bench.start();
  const about = await asked(title);
  const card = await bench.world.openCard(about.thread);
  await bench.kill();
  const lost = await slack.presses('omar', card, APPROVE);
  expect(lost.acked).toBe(false);
  return approvedLater(about);
}

/** A worker that died with a request in its hands cannot say that it was not sent. */
async function honestly(): Promise<void> {
  const { slack } = bench.world;
  await bench.start();
  const about = await asked('Killed after the click');
  const click = await slack.presses('omar', await bench.world.openCard(about.thread), APPROVE);
  expect(click.acked).toBe(true);
  await bench.kill();
  const end = await bench.restarted((restarted) => bench.ends(restarted, about));
  const unknown = { posted: 0, created: 0, card: expect.stringMatching(/^⚠️ Approved, outcome unknown:/) };
  const done = { card: expect.stringMatching(/^✅ Approved:/) };
  expect(end).toEqual({ ...ONE_OF_EACH, ...(end.created === 0 ? unknown : done) });
}

async function afterCreating(): Promise<End> {
  const title = 'Killed after creating';
  const { slack, outside } = bench.world;
  await bench.start();
  const about = await asked(title);
  const card = await bench.world.openCard(about.thread);
  outside.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThenSilence() });
  await slack.presses('omar', card, APPROVE);
  await until('GitHub to create it', () => bench.created(title) === 1);
  await bench.kill();
  return bench.restarted((restarted) => bench.ends(restarted, about));
}

async function beforeOutcome(): Promise<End> {
  const title = 'Killed before the outcome';
  const { slack } = bench.world;
  await bench.start();
  const about = await asked(title);
  const card = await bench.world.openCard(about.thread);
  slack.arm({ method: 'chat.update', fault: slackFaults.rateLimited(30), times: 3 });
  await slack.presses('omar', card, APPROVE);
  await bench.world.answer(about.thread);
  expect(slack.ledger.updates(card.ts)).toEqual([]);
  await bench.kill();
  slack.settle();
  return bench.restarted((restarted) => bench.ends(restarted, about));
}

async function whilePostingAnswer(): Promise<End> {
  const title = 'Killed while its answer went out';
  const { slack } = bench.world;
  await bench.start();
  const about = await asked(title);
  const card = await bench.world.openCard(about.thread);
  slack.arm({ method: 'chat.postMessage', fault: slackFaults.slow(SLOW_MS) });
  await slack.presses('omar', card, APPROVE);
  await bench.world.answer(about.thread);
  await bench.kill();
  expect(slack.armed).toBe(0);
  return bench.restarted((restarted) => bench.ends(restarted, about));
}

/** After the restart the write is approved, and all comes to its end. */
function approvedLater(about: About): Promise<End> {
  return bench.restarted(async (restarted) => {
    await bench.approves(restarted, about.thread);
    return bench.ends(restarted, about);
  });
}
