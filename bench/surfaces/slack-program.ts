import { SlackSimulator, type SlackSaid } from '@openloop/simulators';

import { ANSWER, QUESTION } from '../contestants/work.js';
import { quantile } from '../support/drive.js';
import type { Mentioned, SlackAnswer, SlackCommand } from './load.js';

// Slack and everybody in it, in a program of its own: signed events go out, the Web API comes in, and its ledger says
// what was answered. A mention is told twice (`app_mention` and `message.channels`), and an answer is echoed, as by the
// true Slack to an app that hears its channels.
const PEOPLE = 20;
const CHANNELS = 64;
const ACK_WITHIN_MS = 3_000;

const slack = new SlackSimulator({ ackWithinMs: ACK_WITHIN_MS });
const people = Array.from({ length: PEOPLE }, (_, each) => slack.seedUser({ name: `person-${each}` }));
const channels = Array.from({ length: CHANNELS }, (_, each) => slack.seedChannel({ name: `team-${each}` }));
const arrivedAt = new Map<string, number>();
const waiting = new Map<string, (at: number) => void>();
const mentioned = new Set<string>();
let turn = 0;

listenForAnswers();

/** Listens at the ledger's own door, so that waiting for an answer asks nothing. */
function listenForAnswers(): void {
  const { ledger } = slack;
  const receive = ledger.receive.bind(ledger);
  ledger.receive = (entry) => {
    receive(entry);
    const thread = entry.args['thread_ts'];
    if (entry.method !== 'chat.postMessage' || typeof thread !== 'string') return;
    const key = `${String(entry.args['channel'])}/${thread}`;
    const resolve = waiting.get(key);
    if (resolve) resolve(performance.now());
    else arrivedAt.set(key, performance.now());
    waiting.delete(key);
  };
}

function answered(thread: string): Promise<number> {
  const at = arrivedAt.get(thread);
  arrivedAt.delete(thread);
  return at === undefined ? new Promise((resolve) => void waiting.set(thread, resolve)) : Promise.resolve(at);
}

async function drive(concurrency: number, ms: number): Promise<Mentioned> {
  const took: number[] = [];
  const acks: number[] = [];
  const startedAt = performance.now();
  const lane = async () => {
    while (performance.now() - startedAt < ms) {
      const sentAt = performance.now();
      const said = await mention();
      for (const { ackMs } of said.deliveries) acks.push(ackMs ?? ACK_WITHIN_MS);
      took.push((await answered(`${said.channel}/${said.thread}`)) - sentAt);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const wallMs = performance.now() - startedAt;
  verify();
  slack.ledger.clear();
  const [sortedAcks, sorted] = [acks, took].map((each) => each.toSorted((a, b) => a - b));
  return {
    count: took.length,
    wallMs,
    ackMinMs: sortedAcks?.[0] ?? Number.NaN,
    ackP50Ms: quantile(sortedAcks ?? [], 0.5),
    ackP99Ms: quantile(sortedAcks ?? [], 0.99),
    acks: acks.length,
    late: acks.filter((each) => each === ACK_WITHIN_MS).length,
    p50Ms: quantile(sorted ?? [], 0.5),
    p99Ms: quantile(sorted ?? [], 0.99),
  };
}

/** By the next person in the next channel, each the start of a thread of its own. */
async function mention(): Promise<SlackSaid> {
  turn += 1;
  const [person = '', channel = ''] = [people[turn % PEOPLE], channels[turn % CHANNELS]];
  const said = await slack.says(person, channel, `@openloop ${QUESTION}`);
  mentioned.add(`${said.channel}/${said.thread}`);
  return said;
}

/** Throws unless every mention ever made has exactly one answer, in its thread, with the model's words. */
function verify(): void {
  const posts = slack.ledger.posts();
  const threads = new Set(posts.map(({ channel, threadTs }) => `${channel}/${threadTs}`));
  if (posts.length !== mentioned.size || [...mentioned].some((each) => !threads.has(each))) {
    throw new Error(`${posts.length} answers in ${threads.size} threads to ${mentioned.size} mentions`);
  }
  const other = posts.find((post) => !JSON.stringify([post.text, post.blocks]).includes(ANSWER));
  if (other) throw new Error(`An answer says: ${other.text}`);
}

async function carryOut(command: SlackCommand): Promise<SlackAnswer> {
  if (command.kind === 'open') {
    const { apiUrl } = await slack.start();
    return { place: { apiUrl, botToken: slack.botToken, signingSecret: slack.signingSecret } };
  }
  if (command.kind === 'listen') {
    await slack.deliverTo(command.url);
    return { listening: true };
  }
  return { mentioned: await drive(command.concurrency, command.ms) };
}

process.on('message', (command: SlackCommand) => {
  void carryOut(command)
    .catch((error: unknown): SlackAnswer => ({
      failed: error instanceof Error ? (error.stack ?? '') : String(error),
    }))
    .then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
