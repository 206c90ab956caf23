import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomChars, type RunId } from '@openloop/kernel';
import { callTool, say, ScriptedModel } from '@openloop/models/testing';
import { advance, type RunStore, type RunStores } from '@openloop/runs';
import { sql } from 'kysely';

import {
  aRun,
  aTeam,
  change,
  driver,
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

class Killed extends Error {}

const STAGES: readonly (keyof RunStore)[] = ['claim', 'saveStep', 'saveResults', 'park', 'finish'];

describe('a worker that is killed', () => {
  it('while the model replies: the next one asks again, and both calls are paid for', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team);
    parts.model.willReply(async () => {
      await loseLease(team, runId);
      return say('Lost');
    }, say('Found'));

    await advance(parts, team.workspace, runId);
    expect(await stateOf(team, runId)).toBe('running');
    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(2);
    expect(await stateOf(team, runId)).toBe('completed');
    expect(await stepsOf(team, runId)).toBe(1);
    expect(await holdsOf(team)).toEqual(['settled', 'settled']);
    expect(await spentOf(team)).toBe(600);
  });

  it('before it could write the reply down: the lost reservation is charged in full when its time is over', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team, new ScriptedModel(say('Lost'), say('Found')));

    await killed(advance({ ...parts, transact: dyingAt('saveStep', parts) }, team.workspace, runId));
    await loseLease(team, runId);
    await advance(parts, team.workspace, runId);
    await change(
      team,
      sql`update budget_holds set expires_at = clock_timestamp() where workspace_id = ${team.workspace}`,
    );
    await bench.system.chargeExpiredHolds();

    expect(parts.model.asked).toHaveLength(2);
    expect((await holdsOf(team)).sort()).toEqual(['charged', 'settled']);
  });

  it('after the reply was written down: the model is not asked again', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team, new ScriptedModel(callTool('demo_issues_read', ISSUE), say('It is open.')));

    await killed(advance({ ...parts, transact: dyingAt('saveResults', parts) }, team.workspace, runId));
    await loseLease(team, runId);
    await advance(parts, team.workspace, runId);

    expect(parts.model.asked).toHaveLength(2);
    expect(team.target.reads).toHaveLength(2);
    expect(await stateOf(team, runId)).toBe('completed');
  });

  it.each(STAGES.flatMap((stage) => [`before ${stage}`, `after ${stage}`]))(
    '%s: the run still ends, with one held write, one answer and a whole audit',
    async (name) => {
      const [when, stage] = name.split(' ') as ['before' | 'after', keyof RunStore]; // as built above
      const team = await aTeam(bench);
      const runId = await aRun(team);
      const parts = driver(team, new ScriptedModel(...conversation()));

      await killed(advance({ ...parts, transact: dyingAt(stage, parts, when) }, team.workspace, runId));
      await loseLease(team, runId);
      await advance(driver(team, parts.model), team.workspace, runId);

      expect(await stateOf(team, runId)).toBe('waiting');
      const held = await rowsOf(team, sql`select id from actions where run_id = ${runId}`);
      expect(held).toHaveLength(1);
      expect((await namesOf(team)).filter((line) => line === 'action.proposed')).toHaveLength(1);
      expect(parts.model.asked.length).toBeLessThanOrEqual(3);
    },
  );

  it('before it could let go of a run that must wait: the write is not held twice', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team, new ScriptedModel(callTool('demo_issues_write', ISSUE)));

    await killed(advance({ ...parts, transact: dyingAt('park', parts) }, team.workspace, runId));
    await loseLease(team, runId);
    await advance(driver(team), team.workspace, runId);

    expect(await stateOf(team, runId)).toBe('waiting');
    expect(await rowsOf(team, sql`select id from approvals where run_id = ${runId}`)).toHaveLength(1);
  });
});

describe('a worker that was paused and lost its run', () => {
  it('writes nothing more to it, and what it spent is booked all the same', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const [slow, quick] = [driver(team), driver(team, new ScriptedModel(say('Quick.')))];
    slow.model.willReply(async () => {
      await loseLease(team, runId);
      await advance(quick, team.workspace, runId);
      return callTool('demo_issues_write', ISSUE);
    });

    await advance(slow, team.workspace, runId);

    expect(await rowsOf(team, sql`select outcome ->> 'text' as text from runs where id = ${runId}`)).toEqual([
      { text: 'Quick.' },
    ]);
    expect(await rowsOf(team, sql`select id from actions where run_id = ${runId}`)).toEqual([]);
    expect((await namesOf(team)).filter((name) => name === 'run.completed')).toHaveLength(1);
    expect(await holdsOf(team)).toEqual(['settled', 'settled']);
    expect(await spentOf(team)).toBe(600);
  });

  it('is not followed by a second one while its lease lasts', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const [slow, eager] = [driver(team), driver(team)];
    slow.model.willReply(async () => {
      await advance(eager, team.workspace, runId);
      return say('Mine.');
    });

    await advance(slow, team.workspace, runId);

    expect(eager.model.asked).toHaveLength(0);
    expect(await stateOf(team, runId)).toBe('completed');
  });
});

describe('the sweep', () => {
  it('finds runs that were queued and forgotten, abandoned, or wait for nothing', async () => {
    const team = await aTeam(bench);
    const [queued, fresh, abandoned, waiting] = [
      await aRun(team),
      await aRun(team),
      await aRun(team),
      await aRun(team),
    ];
    await change(
      team,
      sql`update runs set created_at = created_at - interval '6 seconds' where id = ${queued}`,
    );
    await team.transact(team.workspace, async ({ runs }) => {
      await runs.claim(abandoned, 'dead', 0);
      await runs.claim(waiting, 'one', 30);
      await runs.park(waiting, 'one');
    });

    const due = (await bench.system.dueRuns()).filter(({ workspace }) => workspace === team.workspace);

    expect(due.map(({ id }) => id).sort()).toEqual([queued, abandoned, waiting].sort());
    expect(due.map(({ id }) => id)).not.toContain(fresh);
  });
});

/** A read, then a write that waits. Asked again after a kill, it says the same. */
function conversation() {
  const read = callTool('demo_issues_read', ISSUE);
  const write = callTool('demo_issues_write', ISSUE);
  const next = ({ messages }: { messages: readonly { role: string }[] }) =>
    messages.some(({ role }) => role === 'tool') ? write : read;
  return [next, next, next, next];
}

/** Transactions of a process that dies at one call: before it nothing of its transaction stands, after it all of it does. */
function dyingAt(
  stage: keyof RunStore,
  { transact }: Pick<Driver, 'transact'>,
  when: 'before' | 'after' = 'before',
): Driver['transact'] {
  let isDead = false;
  return async (workspace, work) => {
    if (isDead) throw new Killed();
    let isReached = false;
    const result = await transact(workspace, (stores) => {
      const runs = watched(stores.runs, stage, () => {
        isReached = true;
        isDead = true;
        if (when === 'before') throw new Killed();
      });
      return work({ ...stores, runs } satisfies RunStores);
    });
    if (isReached) throw new Killed();
    return result;
  };
}

function watched(runs: RunStore, stage: keyof RunStore, reached: () => void): RunStore {
  return new Proxy(runs, {
    get(store, name) {
      const method: unknown = Reflect.get(store, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]): unknown => {
        if (name === stage) reached();
        return Reflect.apply(method, store, args);
      };
    },
  });
}

/** Runs until the kill; a stage that this run never comes to leaves it alive. */
async function killed(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
}

async function loseLease(team: Team, runId: RunId): Promise<void> {
  await change(
    team,
    sql`update runs set lease_until = clock_timestamp(), lease_token = ${randomChars(26)}
      where id = ${runId} and state = 'running'`,
  );
}

async function stateOf(team: Team, runId: RunId): Promise<string> {
  return one(await rowsOf<{ state: string }>(team, sql`select state from runs where id = ${runId}`)).state;
}

async function stepsOf(team: Team, runId: RunId): Promise<number> {
  return (await rowsOf(team, sql`select 1 from steps where run_id = ${runId}`)).length;
}

async function holdsOf(team: Team): Promise<string[]> {
  const rows = await rowsOf<{ state: string }>(
    team,
    sql`select state from budget_holds where workspace_id = ${team.workspace} order by created_at`,
  );
  return rows.map(({ state }) => state);
}

async function spentOf(team: Team): Promise<number> {
  const [row] = await rowsOf<{ spent: number }>(
    team,
    sql`select spent_u as spent from budget_counters
      where workspace_id = ${team.workspace} and scope = ${`agent:${team.revision.agentId}`}`,
  );
  return row?.spent ?? 0;
}
