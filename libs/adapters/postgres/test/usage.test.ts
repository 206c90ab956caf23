import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresUsageReader } from '../src/index.js';
import { newId, type RunId } from '@openloop/kernel';
import type { UsageRecord } from '@openloop/ledger';
import { sql } from 'kysely';

import { aRun, aTeam, change, openBench, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('usage', () => {
  it('is summed by what is asked for, and simulated spend never with real spend', async () => {
    const { team, runId } = await someone();
    await record(team, runId, { costMicros: 300 });
    await record(team, runId, { costMicros: 200, model: 'paid/model', simulated: false });
    await record(team, runId, { costMicros: 50, model: 'paid/model', simulated: false });

    const lines = await readerOf(team).report(['agent', 'model'], {});

    expect(lines).toEqual([
      line({ group: { agent: 'demo', model: 'paid/model' }, simulated: false, calls: 2, costMicros: 250 }),
      line({ group: { agent: 'demo', model: 'sim/demo' }, simulated: true, calls: 1, costMicros: 300 }),
    ]);
  });

  it('counts calls of unknown price apart, never as free', async () => {
    const { team, runId } = await someone();
    await record(team, runId, { costMicros: null });
    await record(team, runId, { costMicros: 10 });

    expect(await readerOf(team).report([], {})).toMatchObject([
      { costMicros: 10, unpricedCalls: 1, runs: 1 },
    ]);
  });

  it.each([
    ['surface', { surface: 'terminal' }],
    ['user', { user: '@ira' }],
    ['month', { month: new Date().toISOString().slice(0, 7) }],
    ['day', { day: new Date().toISOString().slice(0, 10) }],
  ] as const)('is grouped by %s', async (grouping, group) => {
    const { team, runId } = await someone();
    await record(team, runId, {});

    expect(await readerOf(team).report([grouping], {})).toMatchObject([{ group }]);
  });

  it('is of a time from its first moment to before its last, of one agent, of one workspace', async () => {
    const { team, runId } = await someone();
    const others = await someone();
    await record(team, runId, {});
    const at = new Date('2026-03-01T00:00:00Z');
    await change(
      team,
      sql`update usage_records set created_at = ${at} where workspace_id = ${team.workspace}`,
    );
    const count = async (filter: Parameters<PostgresUsageReader['report']>[1]) =>
      (await readerOf(team).report([], filter)).length;

    expect(await count({ since: at })).toBe(1);
    expect(await count({ since: new Date(at.getTime() + 1) })).toBe(0);
    expect(await count({ until: at })).toBe(0);
    expect(await count({ until: new Date(at.getTime() + 1) })).toBe(1);
    expect(await count({ agentId: team.revision.agentId })).toBe(1);
    expect(await count({ agentId: newId('agt') })).toBe(0);
    expect(await readerOf(others.team).report([], {})).toEqual([]);
  });

  it('of this month starts with the database’s month', async () => {
    const { team, runId } = await someone();
    const { agentId } = team.revision;
    await record(team, runId, { costMicros: 7 });
    await record(team, runId, { costMicros: 9, simulated: false });
    const start = await readerOf(team).monthStart();
    expect(await readerOf(team).monthToDate(agentId)).toEqual({ realMicros: 9, simulatedMicros: 7 });

    await change(
      team,
      sql`update usage_records set created_at = ${start}::timestamptz - interval '1 millisecond'
        where workspace_id = ${team.workspace} and simulated`,
    );

    expect(await readerOf(team).monthToDate(agentId)).toEqual({ realMicros: 9, simulatedMicros: 0 });
    expect([start.getUTCDate(), start.getUTCHours()]).toEqual([1, 0]);
  });

  it('lists the newest calls with who and what they were for', async () => {
    const { team, runId } = await someone();
    await record(team, runId, { taskKind: 'triage', outcome: 'rate_limited', costMicros: 0 });

    expect(await readerOf(team).records({ limit: 1 })).toMatchObject([
      { agent: 'demo', user: '@ira', runId, taskKind: 'triage', outcome: 'rate_limited', costMicros: 0 },
    ]);
  });
});

async function someone() {
  const team = await aTeam(bench);
  return { team, runId: await aRun(team) };
}

function record(team: Team, runId: RunId, about: Partial<UsageRecord>): Promise<void> {
  const usage: UsageRecord = {
    id: newId('use'),
    agentId: team.revision.agentId,
    runId,
    principalId: team.ira.id,
    surface: 'terminal',
    channel: null,
    taskKind: null,
    model: 'sim/demo',
    inputTokens: 100,
    outputTokens: 20,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costMicros: 300,
    simulated: true,
    outcome: 'ok',
    holdId: null,
    ...about,
  };
  return team.transact(team.workspace, ({ usage: books }) => books.record(usage));
}

function line({ calls, ...about }: { group: object; simulated: boolean; calls: number; costMicros: number }) {
  return { ...about, runs: 1, inputTokens: 100 * calls, outputTokens: 20 * calls, unpricedCalls: 0 };
}

function readerOf({ db, workspace }: Team): PostgresUsageReader {
  return new PostgresUsageReader(db, workspace);
}
