import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execute, reconcile } from '@openloop/actions';
import type { ActionId } from '@openloop/kernel';
import { ToolCatalog } from '@openloop/tools';
import { sql } from 'kysely';

import {
  actionRow,
  approved,
  aRun,
  aTeam,
  auditOf,
  change,
  namesOf,
  openBench,
  wakeUps,
  type Bench,
  type Team,
  toolboxOf,
} from './bench.js';

const FOUND = { kind: 'found' as const, summary: 'Issue #7', data: { number: 7 }, externalId: '7' };

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('a write whose end is unknown', () => {
  it('is adopted when the target has it, wakes its run, and is never sent again', async () => {
    const { team, actionId, runId } = await unknown();
    team.target.willFind(FOUND);

    await look(team, actionId);
    await look(team, actionId);
    await execute({ transact: team.transact, toolbox: toolboxOf(team.catalog) }, team.workspace, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({
      state: 'done',
      outcome: { kind: 'done', externalId: '7', adopted: true },
    });
    expect(team.target.sent).toHaveLength(1);
    expect(team.target.looks).toEqual([team.target.sent[0]?.effectKey]);
    expect((await wakeUps(team)).slice(-1)).toEqual([`run ${runId}`]);
    expect((await auditOf(team)).at(-1)).toMatchObject({
      name: 'action.done',
      facts: { externalId: '7', adopted: true },
    });
  });

  it('is looked for at growing intervals, and not before the next one', async () => {
    const { team, actionId } = await unknown();

    const waits: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      waits.push(await secondsToLook(team, actionId));
      await look(team, actionId);
    }
    waits.push(await secondsToLook(team, actionId));

    expect(waits.map(Math.round)).toEqual([10, 30, 120, 600]);
    await look(team, actionId, { early: true });
    expect(team.target.looks).toHaveLength(3);
  });

  it('needs a person after four looks that found nothing, and its run goes on', async () => {
    const { team, actionId, runId } = await unknown();

    for (let i = 0; i < 3; i += 1) await look(team, actionId);
    expect((await actionRow(team, actionId)).state).toBe('unknown');
    const woken = (await wakeUps(team)).length;
    await look(team, actionId);
    await look(team, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({ state: 'needs_human', looks: 4 });
    expect(team.target.sent).toHaveLength(1);
    expect(team.target.looks).toHaveLength(4);
    expect((await wakeUps(team)).slice(woken)).toEqual([`run ${runId}`]);
    expect((await namesOf(team)).at(-1)).toBe('action.needs_human');
  });

  it('needs a person when nobody can look, and says why', async () => {
    const { team, actionId } = await unknown();
    const unseeing = { ...team, catalog: new ToolCatalog(team.target.blindTools()) };

    for (let i = 0; i < 4; i += 1) await look(unseeing, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({
      state: 'needs_human',
      outcome: {
        kind: 'unknown',
        reason: expect.stringMatching(/^.+; demo.issues:write offers no way to look$/),
      },
    });
  });

  it('is not given up by a look that failed', async () => {
    const { team, actionId } = await unknown();
    team.target.willFind(new Error('503'), { kind: 'cannot_tell', reason: '503' }, FOUND);

    for (let i = 0; i < 3; i += 1) await look(team, actionId);

    expect((await actionRow(team, actionId)).state).toBe('done');
  });

  it('is looked for by one of two lookers', async () => {
    const { team, actionId } = await unknown();
    await due(team, actionId);

    await Promise.all(Array.from({ length: 6 }, () => look(team, actionId, { early: true })));

    expect(team.target.looks).toHaveLength(1);
  });

  it('is not looked for while it is being sent', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    team.target.willWrite(async () => {
      await look(team, actionId, { early: true });
      return { kind: 'done', summary: 'Opened', data: {}, externalId: '1' };
    });

    await execute({ transact: team.transact, toolbox: toolboxOf(team.catalog) }, team.workspace, actionId);

    expect(team.target.looks).toEqual([]);
  });
});

async function unknown() {
  const team = await aTeam(bench);
  const runId = await aRun(team);
  const { actionId } = await approved(team, { runId });
  team.target.willWrite({ kind: 'unknown', reason: '502' });
  await execute({ transact: team.transact, toolbox: toolboxOf(team.catalog) }, team.workspace, actionId);
  return { team, actionId, runId };
}

async function look(team: Team, id: ActionId, { early } = { early: false }): Promise<void> {
  if (!early) await due(team, id);
  await reconcile({ transact: team.transact, toolbox: toolboxOf(team.catalog) }, team.workspace, id);
}

async function due(team: Team, id: ActionId): Promise<void> {
  await change(
    team,
    sql`update actions set look_at = clock_timestamp() where id = ${id} and state = 'unknown'`,
  );
}

async function secondsToLook({ db }: Team, id: ActionId): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from look_at - clock_timestamp())::float8 as seconds from actions where id = ${id}`.execute(
    db,
  );
  return rows[0]?.seconds ?? Number.NaN;
}
