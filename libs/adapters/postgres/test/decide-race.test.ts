import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execute } from '@openloop/actions';
import { expire, type DecideResult } from '@openloop/approvals';
import type { Principal } from '@openloop/kernel';
import { ChainVerifier } from '@openloop/ledger';
import { cancelRun } from '@openloop/runs';
import { sql } from 'kysely';

import {
  actionRow,
  answer,
  aRun,
  aTeam,
  auditOf,
  held,
  one,
  openBench,
  rowsOf,
  seeded,
  wakeUps,
  type Bench,
  type Held,
  type Team,
  toolboxOf,
} from './bench.js';

const CLICKS = 64;
const FEWEST_SEEDS = 4;
const MOST_SEEDS = 30;
const TIME_MS = 6_000;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('64 people click at once', () => {
  it('makes exactly one transition, one wake-up and at most one send, whatever they click', async () => {
    const giveUpAt = Date.now() + TIME_MS;
    const ends = new Set<string>();
    for (let seed = 1; seed <= MOST_SEEDS && (seed <= FEWEST_SEEDS || Date.now() < giveUpAt); seed += 1) {
      ends.add(await race(seed));
    }
    expect([...ends].sort()).toEqual(['approved', 'denied']);
  });

  it('sends once when every click and every queue tries to send', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    const parts = { transact: team.transact, toolbox: toolboxOf(team.catalog) };

    await Promise.all(
      Array.from({ length: 16 }, async () => {
        await answer(team, waiting, team.ana);
        await execute(parts, team.workspace, waiting.actionId);
      }),
    );

    expect(team.target.sent).toHaveLength(1);
  });

  it('a yes, the deadline and a cancel of the run end in one state together', async () => {
    for (let round = 0; round < 6; round += 1) {
      const team = await aTeam(bench);
      const runId = await aRun(team);
      const waiting = await held(team, { runId });
      await parked(team, runId);
      const clicks = [
        () => answer(team, waiting, team.ana),
        () => cancelRun(team.transact, team.workspace, runId, team.ira),
        () => expire(team.transact, team.workspace, waiting.approvalId),
      ];

      await Promise.all([...clicks.slice(round % 3), ...clicks.slice(0, round % 3)].map((click) => click()));

      const { state } = await actionRow(team, waiting.actionId);
      expect(['ready', 'refused']).toContain(state);
      expect(endsOf(await auditOf(team))).toHaveLength(1);
      await expectWholeChain(team);
    }
  });
});

async function race(seed: number): Promise<string> {
  const random = seeded(seed);
  const team = await aTeam(bench);
  const runId = await aRun(team);
  const { outboxBefore, waiting } = {
    waiting: await held(team, { runId }),
    outboxBefore: await wakeUps(team),
  };
  const people = [team.ana, team.ben, team.cleo, team.ira];
  const clicks = Array.from({ length: CLICKS }, () => {
    const by = people[Math.floor(random() * people.length)] ?? team.ira;
    return { by, verdict: random() < (seed % 2 ? 0.9 : 0.1) ? ('approve' as const) : ('deny' as const) };
  });

  const results = await Promise.all(clicks.map(({ by, verdict }) => answer(team, waiting, by, { verdict })));

  const first = results.filter(({ kind }) => kind === 'decided');
  expect({ seed, transitions: first.length }).toEqual({ seed, transitions: 1 });
  const state = decidedState(one(first));
  const repeated = results.filter((each) => each.kind === 'already_decided' && each.sameAnswer).length;
  await expectOneEnd(team, waiting, { state, refusals: CLICKS - 1 - repeated });
  expectEveryoneAnswered(results, clicks, team.ira);
  const woken = (await wakeUps(team)).slice(outboxBefore.length);
  expect(woken).toEqual([state === 'approved' ? `action ${waiting.actionId}` : `run ${runId}`]);
  return state;
}

async function expectOneEnd(
  team: Team,
  { actionId, approvalId }: Held,
  { state, refusals }: { state: string; refusals: number },
): Promise<void> {
  const lines = await auditOf(team);
  expect(endsOf(lines)).toHaveLength(1);
  expect(lines.filter(({ name }) => name === 'approval.voted')).toHaveLength(1);
  expect(lines.filter(({ name }) => name === 'approval.refused')).toHaveLength(refusals);
  expect((await actionRow(team, actionId)).state).toBe(state === 'approved' ? 'ready' : 'refused');
  const votes = await rowsOf(team, sql`select 1 from votes where approval_id = ${approvalId}`);
  expect(votes).toHaveLength(1);
  await expectWholeChain(team);
}

function expectEveryoneAnswered(
  results: readonly DecideResult[],
  clicks: readonly { by: Principal }[],
  stranger: Principal,
): void {
  for (const [i, { kind }] of results.entries()) {
    const possible =
      clicks[i]?.by === stranger ? ['refused', 'already_decided'] : ['decided', 'already_decided'];
    expect(possible).toContain(kind);
  }
}

function decidedState(result: DecideResult): string {
  return result.approval.state;
}

function endsOf(lines: readonly { name: string }[]) {
  const ends = ['approval.decided', 'approval.expired', 'approval.cancelled', 'approval.stale'];
  return lines.filter(({ name }) => ends.includes(name));
}

async function expectWholeChain({ audit }: Team): Promise<void> {
  const verifier = new ChainVerifier();
  for (const entry of await audit.list({}, { limit: 10_000, order: 'asc' })) verifier.add(entry);
  expect(verifier.verdict(await audit.head())).toMatchObject({ ok: true });
}

/** Lets go of a run, as the loop does when it waits for a person. */
async function parked(team: Team, runId: Parameters<typeof cancelRun>[2]): Promise<void> {
  await team.transact(team.workspace, async ({ runs }) => {
    await runs.claim(runId, 'token', 30);
    await runs.park(runId, 'token');
  });
}
