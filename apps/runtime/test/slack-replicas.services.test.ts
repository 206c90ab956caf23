import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';

import { newAdminKey } from './harness/open-loop.js';
import { ISSUES } from './harness/outside.js';
import { Person } from './harness/person.js';
import { freshPlace, type Place } from './harness/place.js';
import { build, Program } from './harness/program.js';
import { teammateBrain } from './harness/slack-brain.js';
import { isOpen, wordsOf } from './harness/slack-cards.js';
import { APPROVE, SLACK_AGENT, SlackWorld, type Thread } from './harness/slack-world.js';
import { until } from './harness/until.js';

const REPLICAS = 2;
const THREADS = 20;
const BUILD_MS = 120_000;
const STORY_MS = 300_000;

let world: SlackWorld;
let place: Place;
let replicas: Program[] = [];
let operator: Person;

beforeAll(() => build(), BUILD_MS);

/** Two programs on one Postgres and one Redis, each with a socket of its own to the same Slack app. */
beforeAll(async () => {
  world = await SlackWorld.start('Socket Mode');
  world.outside.brain = teammateBrain;
  await world.outside.openIssue('An older issue');
  place = await freshPlace();
  const adminKey = newAdminKey();
  const env = { PORT: '0', OPENLOOP_ADMIN_KEY: adminKey, ...world.env, ...place.env };
  replicas = Array.from({ length: REPLICAS }, () => new Program('start', env, place.folder));
  const [url = ''] = await Promise.all(replicas.map((replica) => replica.ready()));
  await world.slack.untilOpened(REPLICAS);
  operator = new Person(url, adminKey);
  await operator.apply(world.agent());
}, BUILD_MS);

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await place.remove();
  await world.close();
});

const titleOf = (nth: number): string => `Asked in thread ${nth};`;

async function asked(nth: number): Promise<Thread> {
  const { thread, said } = await world.asksInThread(`open "${titleOf(nth)}"`);
  expect(said.acked).toBe(true);
  return thread;
}

/** Approves by two clicks of two people at once, which Slack gives to one replica each. */
async function approved(thread: Thread): Promise<void> {
  const card = await world.openCard(thread);
  await Promise.all(['omar', 'lena'].map((user) => world.slack.presses(user, card, APPROVE)));
  await world.answer(thread);
}

function posted(nth: number): number {
  const posts = world.outside.github.ledger.posts(ISSUES);
  return posts.filter(({ body }) => JSON.stringify(body).includes(titleOf(nth))).length;
}

async function nothingToShow(): Promise<void> {
  const settled = () =>
    world.slack.ledger.posts().every((post) => !isOpen(post) && !/running…/.test(wordsOf(post)));
  await until('every card to show its outcome', settled);
}

describe('Two replicas of one Slack app', () => {
  it(
    'share twenty threads, and give each one run, one card, one write and one answer',
    async () => {
      const threads = await Promise.all(Array.from({ length: THREADS }, (_, nth) => asked(nth)));
      await Promise.all(threads.map(approved));
      await nothingToShow();

      for (const [nth, thread] of threads.entries()) {
        const [cards, answers] = [world.cards(thread).length, world.answers(thread).length];
        expect({ nth, cards, answers, posted: posted(nth) }).toEqual({
          nth,
          cards: 1,
          answers: 1,
          posted: 1,
        });
      }
      const query = { agent: SLACK_AGENT, limit: 200 };
      const { data } = await operator.call(routes['runs.list'], { query });
      expect(data).toHaveLength(THREADS);
      expect(new Set(data.map(({ status }) => status))).toEqual(new Set(['completed']));
      expect(await operator.verify()).toMatchObject({ ok: true });

      const { deliveries } = world.slack.ledger;
      const used = new Set(
        deliveries.flatMap(({ attempts }) => attempts.map(({ connection }) => connection)),
      );
      expect(used.size).toBe(REPLICAS);
      expect(deliveries.every(({ acked }) => acked)).toBe(true);
    },
    STORY_MS,
  );
});
