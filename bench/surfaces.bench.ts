import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { functionName } from '@openloop/kernel';

import { Databases } from './support/databases.js';
import { postgresCpuClock } from './support/postgres-cpu.js';
import type { Mentioned } from './surfaces/load.js';
import { enter, leave, TOOL, type Contestant, type Setting } from './surfaces/contestants.js';
import { CONCURRENCY, measure, type Plan } from './surfaces/measure.js';
import { showMentions, showSlow, summary } from './surfaces/report.js';
import { SlowLine } from './surfaces/slow-line.js';

const SHORT: Plan = { rounds: 2, warmUpMs: 1_000, busyMs: 1_000, aloneMs: 300, slowMs: 1_500 };
const FULL: Plan = { rounds: 7, warmUpMs: 5_000, busyMs: 4_000, aloneMs: 1_500, slowMs: 20_000 };
const ROUND_TRIP_MS = 200;
const SLACK_WAITS_MS = 3_000;
const INCLUDED = `One mention: Slack's signed events, the 200, the model asks for one read, the read runs, the model answers,
the answer is posted. Each starts a thread of its own; 20 people in 64 channels. Every contestant is told the same:
app_mention and message.channels of each mention, and the echo of its own answer.
OpenLoop is the program as an operator starts it, in HTTP mode: everything of bench runs, and HTTP, people, bindings,
deliveries, the thread's status (two more calls of Slack), and nothing acked before it is kept.
Bolt alone is Bolt's App and HTTPReceiver with generateText of the AI SDK, same model and read; it acks first and keeps
nothing. Slack and the model are programs of their own, whose CPU is not counted. Acks are timed by Slack.`;

async function main(plan: Plan): Promise<void> {
  const databases = Databases.find();
  const model = await startModel();
  const contestants: Contestant[] = [];
  try {
    const serverCpu = await postgresCpuClock(databases.serverUrl);
    const join = async (label: string, database: Setting['database']) => {
      const folder = await databases.folder();
      const contestant = await enter({ label, folder, modelUrl: model.baseUrl, database });
      contestants.push(contestant);
      return contestant;
    };
    await join('Bolt alone', 'none');
    await join('OpenLoop on Postgres', { url: await databases.onServer() });
    await join('OpenLoop embedded', 'embedded');
    const figures = await measure(contestants, plan, serverCpu);
    console.log(`${INCLUDED}\n\n${showMentions(figures)}`);
    const { line, url } = await SlowLine.to(await databases.onServer());
    const { slack } = await join('OpenLoop on a slow Postgres', { url });
    await slack.drive(CONCURRENCY, 2 * plan.warmUpMs); // until everybody is known
    const slow = async (concurrency: number): Promise<Mentioned> => {
      line.oneWayMs = ROUND_TRIP_MS / 2;
      const driven = slack.drive(concurrency, plan.slowMs);
      // The answers may come faster: what is measured here is over when Slack waits no more.
      const end = setTimeout(() => (line.oneWayMs = 0), plan.slowMs + SLACK_WAITS_MS);
      return driven.finally(() => clearTimeout(end));
    };
    const [alone, busy] = [await slow(1), await slow(CONCURRENCY)];
    line.oneWayMs = 0;
    console.log(
      `\n${showSlow({ alone, busy, roundTripMs: ROUND_TRIP_MS })}\n\n${summary(figures, busy.ackP99Ms)}`,
    );
    await Promise.all(contestants.splice(0).map(leave));
    line.close();
  } finally {
    await Promise.all(contestants.map(leave));
    model.leave();
    await databases.drop();
  }
}

async function startModel(): Promise<{ baseUrl: string; leave: () => void }> {
  const program = fileURLToPath(new URL('./contestants/instant-model.js', import.meta.url));
  const child: ChildProcess = fork(program, [functionName(TOOL), '{"number":1}']);
  const [baseUrl] = (await once(child, 'message')) as [string]; // the first thing it says is where it is
  return { baseUrl, leave: () => child.disconnect() };
}

await main(process.argv.includes('--short') ? SHORT : FULL);
