import type { BareGiven } from './contestants/bare-loop.js';
import type { RunsGiven } from './contestants/openloop-runs.js';
import { Contestant } from './support/contestant.js';
import { Databases } from './support/databases.js';
import { startModel } from './support/model-program.js';
import { postgresCpuClock } from './support/postgres-cpu.js';
import { measure, ratio, wholeCpu, type Entry, type Figures, type Plan } from './support/rounds.js';
import { shown, showTable } from './support/table.js';

const SHORT: Plan = { rounds: 3, warmUpMs: 1_500, busyMs: 1_200, aloneMs: 400 };
const FULL: Plan = { rounds: 7, warmUpMs: 5_000, busyMs: 4_000, aloneMs: 1_500 };
const INCLUDED = `One run: an event is received, the model asks for one read, the read runs, the model answers.
OpenLoop includes session, transcript, outbox, the queue (BullMQ on the same Postgres), lease, policy, a reservation in
two budgets and its settlement, usage and audit of each model call, and its event feed; not HTTP or authentication.
All runs are one agent's, so that they share one monthly budget and one audit chain: the worst case.
The bare loop is generateText of the AI SDK with its own fetch, same model and tool, nothing stored.
The model answers at once, from a program of its own, whose CPU is not counted.`;

const program = (name: string) => new URL(`./contestants/${name}.js`, import.meta.url);

async function main(plan: Plan): Promise<void> {
  const databases = Databases.find();
  const model = await startModel();
  const entries: Entry[] = [];
  try {
    const serverCpu = await postgresCpuClock(databases.serverUrl);
    const enter = async (label: string, name: string, given: RunsGiven | BareGiven) => {
      const contestant = await Contestant.open(program(name), given);
      entries.push({ label, contestant, usesServer: label === SERVER });
    };
    const modelUrl = model.baseUrl;
    await enter(BARE, 'bare-loop', { modelUrl });
    await enter(SERVER, 'openloop-runs', { modelUrl, place: { url: await databases.onServer() } });
    await enter(EMBEDDED, 'openloop-runs', { modelUrl, place: { directory: await databases.folder() } });
    const figures = await measure(entries, plan, serverCpu);
    console.log(`${INCLUDED}\n\n${showTable(figures)}\n\n${summary(figures)}`);
  } finally {
    for (const { contestant } of entries) contestant.leave();
    model.leave();
    await databases.drop();
  }
}

const BARE = 'bare AI SDK loop';
const SERVER = 'OpenLoop on Postgres';
const EMBEDDED = 'OpenLoop embedded';

function summary(all: readonly Figures[]): string {
  const [bare, server, embedded] = [BARE, SERVER, EMBEDDED].map((label) =>
    all.find((each) => each.label === label),
  );
  if (!bare || !server || !embedded) throw new Error('A contestant is missing');
  const against = (mine: Figures) =>
    `${shown(ratio(mine.perSecond, bare.perSecond), 2)}x bare loop runs/s, ` +
    `${shown(ratio(wholeCpu(mine), wholeCpu(bare)), 2)}x CPU`;
  return `bench runs: ${against(server)} (embedded: ${against(embedded)})`;
}

await main(process.argv.includes('--short') ? SHORT : FULL);
