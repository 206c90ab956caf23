import type { ApprovalsGiven } from './contestants/openloop-approvals.js';
import type { FloorGiven } from './contestants/postgres-approvals.js';
import { Contestant } from './support/contestant.js';
import { Databases } from './support/databases.js';
import { median } from './support/drive.js';
import { postgresCpuClock } from './support/postgres-cpu.js';
import { measure, ratio, wholeCpu, type Entry, type Figures, type Plan } from './support/rounds.js';
import { shown, showTable } from './support/table.js';

const SHORT: Plan = { rounds: 3, warmUpMs: 1_500, busyMs: 1_200, aloneMs: 400 };
const FULL: Plan = { rounds: 7, warmUpMs: 5_000, busyMs: 4_000, aloneMs: 1_500 };
const INCLUDED = `One cycle: a write is proposed, one person approves it, the worker sends it to a tool that answers at once, done.
OpenLoop includes the digest, the vote, six links of one audit chain, the outbox and the queue (BullMQ on the same
Postgres), and every check before the send; not HTTP or authentication.
Postgres alone writes the same rows, unchained, in two prepared statements of one commit each, over 16 connections.`;

const FLOOR = 'Postgres alone';
const SERVER = 'OpenLoop on Postgres';
const EMBEDDED = 'OpenLoop embedded';

const program = (name: string) => new URL(`./contestants/${name}.js`, import.meta.url);

async function main(plan: Plan): Promise<void> {
  const databases = Databases.find();
  const entries: Entry[] = [];
  try {
    const serverCpu = await postgresCpuClock(databases.serverUrl);
    const enter = async (label: string, name: string, given: ApprovalsGiven | FloorGiven) => {
      const contestant = await Contestant.open(program(name), given);
      entries.push({ label, contestant, usesServer: label !== EMBEDDED });
    };
    await enter(FLOOR, 'postgres-approvals', { url: await databases.onServer() });
    await enter(SERVER, 'openloop-approvals', { place: { url: await databases.onServer() } });
    await enter(EMBEDDED, 'openloop-approvals', { place: { directory: await databases.folder() } });
    const figures = await measure(entries, plan, serverCpu);
    console.log(`${INCLUDED}\n\n${showTable(figures)}\n\n${summary(figures)}`);
  } finally {
    for (const { contestant } of entries) contestant.leave();
    await databases.drop();
  }
}

function summary(all: readonly Figures[]): string {
  const [floor, server, embedded] = [FLOOR, SERVER, EMBEDDED].map((label) =>
    all.find((each) => each.label === label),
  );
  if (!floor || !server || !embedded) throw new Error('A contestant is missing');
  const against = (mine: Figures) =>
    `${shown(ratio(mine.perSecond, floor.perSecond), 3)}x Postgres alone cycles/s, ` +
    `${shown(ratio(wholeCpu(mine), wholeCpu(floor)), 1)}x CPU`;
  const tail = `p99/p50 at 16 ${shown(median(server.p99Ms.map((p99, round) => p99 / (server.p50Ms[round] ?? Number.NaN))), 1)}`;
  return `bench approvals: ${against(server)}, ${tail} (embedded: ${against(embedded)})`;
}

await main(process.argv.includes('--short') ? SHORT : FULL);
