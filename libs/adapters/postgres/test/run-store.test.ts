import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresRunReader } from '../src/index.js';
import { shortId, type RunId } from '@openloop/kernel';
import type { RunOutcome, RunStore, Step } from '@openloop/runs';
import { sql } from 'kysely';

import { answer, aRun, aTeam, change, held, openBench, rowsOf, type Bench, type Team } from './bench.js';

const STEP: Step & { simulated: boolean; activeMs: number } = {
  ordinal: 1,
  model: 'sim/demo',
  reply: { text: 'Let me look.', finish: 'tool_calls', providerData: { signature: 'x' } },
  calls: [
    {
      id: 'call_1',
      name: 'demo_issues_read',
      arguments: {},
      permission: 'demo.issues:read',
      verdict: 'read',
    },
  ],
  results: null,
  usage: { input: 100, output: 20, cacheRead: 0, cacheWrite: 0 },
  costMicros: 300,
  latencyMs: 40,
  simulated: true,
  activeMs: 40,
};
const ANSWERED: RunOutcome = { kind: 'answered', text: 'Done.' };

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('claiming a run', () => {
  it('gives the one who has it everything it needs, and the others nothing', async () => {
    const { team, runId, on } = await queued();

    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, i) => on((runs) => runs.claim(runId, `token-${i}`, 30))),
    );

    const [claimed, ...more] = claims.filter((claim) => claim !== null);
    expect(more).toEqual([]);
    expect(claimed).toMatchObject({
      run: {
        id: runId,
        state: 'running',
        initiatorId: team.ira.id,
        activeMs: 0,
        trigger: { surface: 'terminal' },
      },
      revision: { revision: 1, agent: { name: 'demo' } },
      agentState: 'active',
      messages: [{ role: 'user', text: 'Please open an issue' }],
      steps: [],
    });
  });

  it('keeps the revision it was queued under', async () => {
    const { team, runId, on } = await queued();
    await change(team, sql`update agents set state = 'paused' where id = ${team.revision.agentId}`);

    expect(await on((runs) => runs.claim(runId, 'token', 30))).toMatchObject({
      revision: { revision: 1 },
      agentState: 'paused',
    });
  });

  it('is for one workspace only', async () => {
    const { runId } = await queued();
    const others = await aTeam(bench);

    const claim = await others.transact(others.workspace, ({ runs }) => runs.claim(runId, 'token', 30));
    const cancel = await others.transact(others.workspace, ({ runs }) => runs.cancel(runId, '@ira'));

    expect([claim, cancel]).toEqual([null, null]);
    expect(await new PostgresRunReader(others.db, others.workspace).find(runId)).toBeNull();
  });

  it('takes over an expired lease, with the steps written so far, and only an expired one', async () => {
    const { runId, on } = await queued();
    await on((runs) => runs.claim(runId, 'first', 30));
    await on((runs) => runs.saveStep(runId, 'first', STEP));
    expect(await on((runs) => runs.claim(runId, 'second', 30))).toBeNull();

    await expired(runId);
    const claimed = await on((runs) => runs.claim(runId, 'second', 30));

    const { simulated: _, activeMs: __, ...step } = STEP;
    expect(claimed?.steps).toEqual([step]);
    expect(claimed?.run).toMatchObject({ costMicros: 300, activeMs: 40, simulated: true });
  });

  it('leaves a run alone that waits for an action, whatever open state that is in', async () => {
    const { team, runId, on } = await queued();
    const waiting = await held(team, { runId });
    await on(async (runs) => {
      await runs.claim(runId, 'token', 30);
      await runs.park(runId, 'token');
    });
    const claimed = async () => (await on((runs) => runs.claim(runId, 'next', 30))) !== null;

    expect(await claimed()).toBe(false);
    await answer(team, waiting, team.ana);
    expect(await claimed()).toBe(false);
    for (const set of [
      sql`state = 'started', fence = 'f', started_at = clock_timestamp()`,
      sql`state = 'unknown', fence = null, look_at = clock_timestamp()`,
    ]) {
      await change(team, sql`update actions set ${set} where id = ${waiting.actionId}`);
      expect(await claimed()).toBe(false);
    }
    await change(team, sql`update actions set state = 'needs_human' where id = ${waiting.actionId}`);
    expect(await claimed()).toBe(true);
  });

  it('is over for a run that ended', async () => {
    const { runId, on } = await queued();
    await on((runs) => runs.claim(runId, 'token', 30));
    await on((runs) => runs.finish(runId, 'token', 'completed', ANSWERED));

    expect(await on((runs) => runs.claim(runId, 'next', 30))).toBeNull();
  });
});

describe('a lease', () => {
  it('is kept by who has it, and tells it when somebody asked to stop', async () => {
    const { runId, on } = await queued();
    await on((runs) => runs.claim(runId, 'token', 0));

    expect(await on((runs) => runs.renew(runId, 'token', 30))).toEqual({ cancelledBy: null });
    expect(await on((runs) => runs.claim(runId, 'other', 30))).toBeNull();
    expect(await on((runs) => runs.cancel(runId, '@ira'))).toMatchObject({ state: 'running', changed: true });
    expect(await on((runs) => runs.renew(runId, 'token', 30))).toEqual({ cancelledBy: '@ira' });
  });

  it('that is lost writes nothing', async () => {
    const { team, runId, on } = await queued();
    await on((runs) => runs.claim(runId, 'lost', 30));
    await on((runs) => runs.saveStep(runId, 'lost', STEP));
    await expired(runId);
    await on((runs) => runs.claim(runId, 'new', 30));
    const before = await rowsOf(
      team,
      sql`select to_jsonb(runs) || jsonb_build_object('steps',
      (select jsonb_agg(steps) from steps where run_id = runs.id)) as all from runs where id = ${runId}`,
    );

    expect(await on((runs) => runs.renew(runId, 'lost', 30))).toBeNull();
    expect(await on((runs) => runs.saveStep(runId, 'lost', { ...STEP, ordinal: 2 }))).toBe(false);
    expect(await on((runs) => runs.saveResults(runId, 'lost', 1, []))).toBe(false);
    expect(await on((runs) => runs.park(runId, 'lost'))).toBeNull();
    expect(await on((runs) => runs.finish(runId, 'lost', 'completed', ANSWERED))).toBeNull();

    const after = await rowsOf(
      team,
      sql`select to_jsonb(runs) || jsonb_build_object('steps',
      (select jsonb_agg(steps) from steps where run_id = runs.id)) as all from runs where id = ${runId}`,
    );
    expect(after).toEqual(before);
  });
});

describe('steps', () => {
  it('are written in order, each once, and results only where there are none', async () => {
    const { team, runId, on } = await queued();
    const results = [{ callId: 'call_1', text: 'Found', isError: false }];
    await on((runs) => runs.claim(runId, 'token', 30));

    expect(await on((runs) => runs.saveStep(runId, 'token', { ...STEP, ordinal: 2 }))).toBe(false);
    expect(await on((runs) => runs.saveStep(runId, 'token', STEP))).toBe(true);
    expect(await on((runs) => runs.saveStep(runId, 'token', STEP))).toBe(false);
    expect(await on((runs) => runs.saveResults(runId, 'token', 1, results))).toBe(true);
    expect(await on((runs) => runs.saveResults(runId, 'token', 1, []))).toBe(false);
    expect(await on((runs) => runs.saveResults(runId, 'token', 2, results))).toBe(false);

    const { steps } = await readerOf(team).steps(runId);
    expect(steps).toMatchObject([{ step: { ordinal: 1, results } }]);
  });
});

describe('letting go and ending', () => {
  it('tells whether something is unsettled when it parks', async () => {
    const [idle, busy] = [await queued(), await queued()];
    await held(busy.team, { runId: busy.runId });
    for (const { on, runId } of [idle, busy]) await on((runs) => runs.claim(runId, 'token', 30));

    expect(await idle.on((runs) => runs.park(idle.runId, 'token'))).toEqual({ unsettled: 0, next: null });
    expect(await busy.on((runs) => runs.park(busy.runId, 'token'))).toEqual({ unsettled: 1, next: null });
  });

  it('happens once', async () => {
    const { runId, on } = await queued();
    await on((runs) => runs.claim(runId, 'token', 30));

    expect(await on((runs) => runs.finish(runId, 'token', 'completed', ANSWERED))).toEqual({ next: null });
    expect(await on((runs) => runs.finish(runId, 'token', 'failed', ANSWERED))).toBeNull();
    expect(await on((runs) => runs.cancel(runId, '@ira'))).toMatchObject({
      state: 'completed',
      changed: false,
    });
  });

  it('cancels at once what nobody works on', async () => {
    const { team, runId, on } = await queued();

    expect(await on((runs) => runs.cancel(runId, '@ira'))).toMatchObject({
      state: 'cancelled',
      changed: true,
    });
    expect(await readerOf(team).find(runId)).toMatchObject({
      run: { outcome: { kind: 'cancelled', by: '@ira' } },
    });
  });
});

describe('reading runs', () => {
  it('finds one by its id and by its short id, with what it holds', async () => {
    const { team, runId } = await queued();
    const { approvalId } = await held(team, { runId });
    const wanted = {
      agent: 'demo',
      initiator: '@ira',
      input: 'Please open an issue',
      heldApprovals: [approvalId],
    };

    expect(await readerOf(team).find(runId)).toMatchObject(wanted);
    expect(await readerOf(team).find(shortId(runId) as RunId)).toMatchObject(wanted); // keeps its prefix
  });

  it('lists the newest first, page by page, and by state', async () => {
    const { team, runId, on } = await queued();
    const second = await aRun(team);
    await on((runs) => runs.cancel(runId, '@ira'));
    const reader = readerOf(team);
    const ids = async (...query: Parameters<typeof reader.list>) =>
      (await reader.list(...query)).map(({ run }) => run.id);

    const [newest] = await ids({}, { limit: 1 });
    expect(await ids({}, { limit: 9, before: newest! })).toHaveLength(1);
    expect(await ids({ states: ['queued'] }, { limit: 9 })).toEqual([second]);
    expect((await ids({ agentId: team.revision.agentId }, { limit: 9 })).sort()).toEqual(
      [runId, second].sort(),
    );
  });
});

async function queued() {
  const team = await aTeam(bench);
  const runId = await aRun(team);
  const on = <Result>(work: (runs: RunStore) => Promise<Result>) =>
    team.transact(team.workspace, ({ runs }) => work(runs));
  return { team, runId, on };
}

function readerOf({ db, workspace }: Team): PostgresRunReader {
  return new PostgresRunReader(db, workspace);
}

async function expired(runId: RunId): Promise<void> {
  await change(bench, sql`update runs set lease_until = clock_timestamp() where id = ${runId}`);
}
