import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentOverrides } from '@openloop/agent-spec/testing';
import type { RunId } from '@openloop/kernel';
import { ModelError } from '@openloop/models';
import { callTool, say, ScriptedModel, type ScriptedTurn } from '@openloop/models/testing';
import { advance, cancelRun } from '@openloop/runs';
import { sql } from 'kysely';

import {
  answer,
  approved,
  aRun,
  aTeam,
  auditOf,
  change,
  driver,
  held,
  ISSUE,
  namesOf,
  one,
  openBench,
  rowsOf,
  type Bench,
  type Driver,
  type Team,
} from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('a run stops by its limits,', () => {
  it('after the last step it may make', async () => {
    const read = () => callTool('demo_issues_read', ISSUE);
    const { team, runId, parts } = await driven(
      { limits: { maxSteps: 2 } },
      read(),
      read(),
      say('Never asked'),
    );

    expect(parts.model.asked).toHaveLength(2);
    await expectStopped(team, runId, 'step_limit', /reached its step limit/);
  });

  it('after its minutes of work; waiting does not count', async () => {
    const team = await aTeam(bench, { limits: { maxMinutes: 1 } });
    const runId = await aRun(team);
    const parts: Driver = driver(team);
    parts.model.willReply(() => {
      parts.clock.advance(61_000);
      return callTool('demo_issues_read', ISSUE);
    }, say('Never asked'));

    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(1);
    await expectStopped(team, runId, 'time_limit', /reached its time limit/);
  });

  it('before it asks anything, when its agent is paused', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    await change(team, sql`update agents set state = 'paused' where id = ${team.revision.agentId}`);
    const parts = driver(team);

    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(0);
    await expectStopped(team, runId, 'agent_paused', /is paused/);
  });
});

describe('a model that fails', () => {
  it('is asked again after a pause, each time with money of its own', async () => {
    const { team, runId, parts } = await driven({}, down(), limited(7_000), say('At last.'));

    expect(parts.pauses).toEqual([500, 7_000]);
    expect((await runRow(team, runId)).state).toBe('completed');
    const holds = await holdsOf(team);
    expect(holds.map(({ state }) => state)).toEqual(['charged', 'released', 'settled']);
    expect(await usageOf(team)).toEqual([
      { outcome: 'error', cost_micros: holds[0]?.amount_u },
      { outcome: 'rate_limited', cost_micros: 0 },
      { outcome: 'ok', cost_micros: 300 },
    ]);
    await expectBooksBalance(team);
  });

  it('three times stops the run, with words', async () => {
    const { team, runId, parts } = await driven({}, down(), down(), down(), say('Never asked'));

    expect(parts.model.asked).toHaveLength(3);
    await expectStopped(team, runId, 'model_failed', /could not be reached/);
    await expectBooksBalance(team);
  });

  it('for good stops the run at once', async () => {
    const rejected = new ModelError('rejected', 'Bad key', { notBilled: true, status: 401 });
    const { team, runId, parts } = await driven({}, rejected, say('Never asked'));

    expect(parts.model.asked).toHaveLength(1);
    await expectStopped(team, runId, 'model_failed', /could not be reached/);
    expect((await holdsOf(team)).map(({ state }) => state)).toEqual(['released']);
  });

  it('and did not say what it cost is charged for all that was reserved', async () => {
    const { team } = await driven({}, say('Hello', { usage: null }));

    const [hold] = await holdsOf(team);
    expect(hold).toMatchObject({ state: 'charged', actual_u: hold?.amount_u });
    expect((await auditOf(team)).find(({ name }) => name === 'model.replied')?.facts).toMatchObject({
      flag: 'usage_missing',
      costMicros: hold?.amount_u,
    });
    await expectBooksBalance(team);
  });
});

describe('a budget', () => {
  it('that is spent stops the run before the model is asked, and names itself', async () => {
    const { team, runId, parts } = await driven(
      { budget: { monthlyMicros: 100, perTaskMicros: null } },
      say('Never'),
    );

    expect(parts.model.asked).toHaveLength(0);
    await expectStopped(team, runId, 'budget_exceeded', /Monthly budget reached.*nothing was changed/);
    expect(await namesOf(team)).toContain('budget.refused');
    expect(await usageOf(team)).toEqual([{ outcome: 'blocked', cost_micros: 0 }]);
  });

  it('of one task stops that task in the middle, and not the next one', async () => {
    const budget = { monthlyMicros: null, perTaskMicros: 25_000 };
    const usage = { input: 24_000, output: 0, cacheRead: 0, cacheWrite: 0 };
    const { team, runId, parts } = await driven(
      { budget },
      callTool('demo_issues_read', ISSUE, { usage }),
      say('Never asked for the first'),
    );

    expect(parts.model.asked).toHaveLength(1);
    await expectStopped(team, runId, 'budget_exceeded', /task reached its \$0.0250 limit.*after 1 steps/);
    expect((await usageOf(team)).at(-1)).toEqual({ outcome: 'over_task_budget', cost_micros: 0 });
    const next = await aRun(team);
    await advance(driver(team, new ScriptedModel(say('Fresh.'))), team.workspace, next);
    expect((await runRow(team, next)).state).toBe('completed');
    await expectBooksBalance(team);
  });

  it('makes the answer as long as it can pay for', async () => {
    const { team, parts } = await driven(
      { budget: { monthlyMicros: 20_000, perTaskMicros: null } },
      say('Short.'),
    );

    const [asked] = parts.model.asked;
    expect(asked?.maxOutputTokens).toBeGreaterThanOrEqual(64);
    expect(asked?.maxOutputTokens).toBeLessThan(2_000);
    expect((await holdsOf(team))[0]?.amount_u).toBeLessThanOrEqual(20_000);
  });

  it('with a model of unknown price stops the run before the model is asked', async () => {
    const { team, runId, parts } = await driven({ modelPolicy: { default: 'unpriced/model' } }, say('Never'));

    expect(parts.model.asked).toHaveLength(0);
    await expectStopped(team, runId, 'model_price_unknown', /no known price/);
  });

  it('that is not set lets a model of unknown price reply, at an unknown cost', async () => {
    const budget = { monthlyMicros: null, perTaskMicros: null };
    const { team, runId } = await driven(
      { modelPolicy: { default: 'unpriced/model' }, budget },
      say('Hello.'),
    );

    expect((await runRow(team, runId)).state).toBe('completed');
    expect(await usageOf(team)).toEqual([{ outcome: 'ok', cost_micros: null }]);
    expect(await holdsOf(team)).toEqual([]);
  });

  it('that only warns lets the run go on', async () => {
    const budget = { monthlyMicros: 100, perTaskMicros: null, onExceeded: 'warn' as const };
    const { team, runId } = await driven({ budget }, say('Hello.'));

    expect((await runRow(team, runId)).state).toBe('completed');
    await expectBooksBalance(team);
  });
});

describe('a run that somebody cancels', () => {
  it('in the queue ends at once and never asks the model', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);

    expect(await cancelRun(team.transact, team.workspace, runId, team.ira)).toBe('cancelled');
    const parts = driver(team);
    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(0);
    await expectCancelled(team, runId);
  });

  it('while it waits ends at once, with what it held', async () => {
    const { team, runId } = await driven({}, callTool('demo_issues_write', ISSUE));

    expect(await cancelRun(team.transact, team.workspace, runId, team.ira)).toBe('cancelled');

    await expectCancelled(team, runId);
    await expectNothingPending(team);
  });

  it('while the model replies stops before its next step', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team);
    parts.model.willReply(async ({ signal }) => {
      expect(await cancelRun(team.transact, team.workspace, runId, team.ira)).toBe('running');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw new ModelError('aborted', 'The request was aborted', { notBilled: false });
    }, say('Never asked'));

    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(1);
    await expectCancelled(team, runId);
  });

  it('just before it parks is cancelled, not left waiting with a card that still works', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team);
    parts.model.willReply(async () => {
      expect(await cancelRun(team.transact, team.workspace, runId, team.ira)).toBe('running');
      return callTool('demo_issues_write', ISSUE);
    });

    await advance(parts, team.workspace, runId);

    await expectCancelled(team, runId);
    await expectNothingPending(team);
  });

  it('and whose worker died then is cancelled by the next one, which asks the model nothing', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    await team.transact(team.workspace, ({ runs }) => runs.claim(runId, 'dead', 30));
    await cancelRun(team.transact, team.workspace, runId, team.ira);
    await change(team, sql`update runs set lease_until = clock_timestamp() where id = ${runId}`);

    const parts = driver(team, new ScriptedModel(say('Too late')));
    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(0);
    await expectCancelled(team, runId);
  });

  it('twice, or after it ended, or that is not there, says so', async () => {
    const { team, runId } = await driven({}, say('Hello.'));

    await expect(cancelRun(team.transact, team.workspace, runId, team.ira)).rejects.toMatchObject({
      code: 'runs.finished',
    });
    await expect(cancelRun(team.transact, team.workspace, 'run_none', team.ira)).rejects.toMatchObject({
      code: 'runs.not_found',
    });
  });

  it('leaves what another run holds alone', async () => {
    const { team, runId } = await driven({}, callTool('demo_issues_write', ISSUE));
    const [other, ready] = [await held(team), await approved(team)];

    await cancelRun(team.transact, team.workspace, runId, team.ira);

    expect((await answer(team, other, team.ana)).kind).toBe('decided');
    const states = await rowsOf(team, sql`select state from actions where id = ${ready.actionId}`);
    expect(states).toEqual([{ state: 'ready' }]);
  });
});

async function driven(overrides: AgentOverrides, ...script: ScriptedTurn[]) {
  const team = await aTeam(bench, overrides);
  const runId = await aRun(team);
  const parts = driver(team, new ScriptedModel(...script));
  await advance(parts, team.workspace, runId);
  return { team, runId, parts };
}

function down(): ModelError {
  return new ModelError('broken', '529 overloaded', { notBilled: false, status: 529 });
}

function limited(retryAfterMs: number): ModelError {
  return new ModelError('rate_limited', '429', { notBilled: true, status: 429, retryAfterMs });
}

interface RunRow {
  state: string;
  outcome: Record<string, unknown> | null;
}

async function runRow(team: Team, runId: RunId): Promise<RunRow> {
  return one(await rowsOf<RunRow>(team, sql`select state, outcome from runs where id = ${runId}`));
}

async function expectStopped(team: Team, runId: RunId, code: string, words: RegExp): Promise<void> {
  expect(await runRow(team, runId)).toMatchObject({
    state: 'failed',
    outcome: { kind: 'stopped', code, text: expect.stringMatching(words) },
  });
  expect((await auditOf(team)).at(-1)).toMatchObject({ name: 'run.failed', facts: { reason: code } });
  const said = await rowsOf<{ role: string; text: string }>(
    team,
    sql`select role, text from messages where run_id = ${runId} order by seq desc limit 1`,
  );
  expect(said).toEqual([{ role: 'assistant', text: expect.stringMatching(words) }]);
}

async function expectCancelled(team: Team, runId: RunId): Promise<void> {
  expect(await runRow(team, runId)).toMatchObject({
    state: 'cancelled',
    outcome: { kind: 'cancelled', by: '@ira' },
  });
  expect((await namesOf(team)).filter((name) => name === 'run.cancelled')).toHaveLength(1);
}

async function expectNothingPending(team: Team): Promise<void> {
  const open = await rowsOf(
    team,
    sql`select id from approvals where workspace_id = ${team.workspace} and state = 'pending'`,
  );
  expect(open).toEqual([]);
  expect(await namesOf(team)).toContain('approval.cancelled');
}

async function holdsOf(team: Team) {
  return rowsOf<{ state: string; amount_u: number; actual_u: number | null }>(
    team,
    sql`select state, amount_u, actual_u from budget_holds where workspace_id = ${team.workspace} order by created_at`,
  );
}

async function usageOf(team: Team) {
  return rowsOf<{ outcome: string; cost_micros: number | null }>(
    team,
    sql`select outcome, cost_micros from usage_records where workspace_id = ${team.workspace} order by created_at`,
  );
}

/** What the counters say is what the holds add up to. */
async function expectBooksBalance(team: Team): Promise<void> {
  const off = await rowsOf(
    team,
    sql`select c.scope, c.reserved_u, c.spent_u from budget_counters c
      left join (select s, p, sum(amount_u) filter (where state = 'held') held, sum(actual_u) booked
        from budget_holds, unnest(scopes, periods) as t (s, p) where workspace_id = ${team.workspace}
        group by s, p) h on h.s = c.scope and h.p = c.period
      where c.workspace_id = ${team.workspace}
        and (c.reserved_u <> coalesce(h.held, 0) or c.spent_u <> coalesce(h.booked, 0))`,
  );
  expect(off).toEqual([]);
}
