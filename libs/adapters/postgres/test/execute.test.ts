import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { abandon, execute } from '@openloop/actions';
import { newId, type ActionId } from '@openloop/kernel';
import { ToolCatalog } from '@openloop/tools';
import { sql } from 'kysely';

import {
  actionRow,
  answer,
  approved,
  aRun,
  aTeam,
  auditOf,
  change,
  held,
  ISSUE,
  namesOf,
  openBench,
  revise,
  wakeUps,
  type ActionRow,
  type Bench,
  type Held,
  type Team,
  toolboxOf,
} from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('an approved write', () => {
  it('is sent with exactly the bytes that were shown, and marked by its effect key', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);

    expect(await send(team, actionId)).toBe(true);

    const row = await actionRow(team, actionId);
    expect(team.target.sent).toEqual([
      { permission: 'demo.issues:write', effectKey: row.effect_key, args: ISSUE },
    ]);
    expect(row).toMatchObject({
      state: 'done',
      fence: null,
      attempt: 1,
      outcome: { kind: 'done', summary: 'Opened #1', externalId: '1', adopted: false },
    });
    expect((await namesOf(team)).slice(-2)).toEqual(['action.started', 'action.done']);
  });

  it('is claimed, committed and audited before the first byte leaves', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    let seen: { row: ActionRow; names: string[] } | undefined;
    team.target.willWrite(async () => {
      seen = { row: await actionRow(team, actionId), names: await namesOf(team) };
      return { kind: 'done', summary: 'Opened', data: {}, externalId: '1' };
    });

    await send(team, actionId);

    expect(seen?.row).toMatchObject({ state: 'started', attempt: 1 });
    expect(seen?.row.fence).toMatch(/^\w{26}$/);
    expect(seen?.names.at(-1)).toBe('action.started');
  });

  it('is sent once, however many workers try at once', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);

    const sent = await Promise.all(Array.from({ length: 8 }, () => send(team, actionId)));
    await send(team, actionId);

    expect(sent.filter(Boolean)).toHaveLength(1);
    expect(team.target.sent).toHaveLength(1);
    expect((await namesOf(team)).filter((name) => name === 'action.started')).toHaveLength(1);
  });

  it('is not sent before it is approved, nor under another workspace, nor when there is none', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const waiting = await held(team);

    expect(await send(team, waiting.actionId)).toBe(false);
    await answer(team, waiting, team.ana);
    expect(await send({ ...team, workspace: others.workspace }, waiting.actionId)).toBe(false);
    expect(await send(team, newId('act'))).toBe(false);
    expect(team.target.sent).toEqual([]);
  });

  it('wakes its run when it is done', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const { actionId } = await approved(team, { runId });

    await send(team, actionId);

    expect((await wakeUps(team)).slice(-1)).toEqual([`run ${runId}`]);
  });
});

describe('an approved write is never sent when, by then,', () => {
  it.each([
    [
      'its agent is paused',
      /is paused/,
      (team: Team) =>
        change(team, sql`update agents set state = 'paused' where id = ${team.revision.agentId}`),
    ],
    [
      'its run was asked to stop and has not heard of it',
      /was cancelled/,
      (team: Team) =>
        change(
          team,
          sql`update runs set cancel_requested_by = '@ira' where workspace_id = ${team.workspace}`,
        ),
    ],
    [
      'its permission is gone from the agent',
      /no longer allowed/,
      (team: Team) => revise(team, { tools: [] }),
    ],
    [
      'whoever approved it is disabled',
      /may no longer/,
      (team: Team) =>
        change(team, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ana.id}`),
    ],
    [
      'whoever approved it is no approver of the agent any more',
      /may no longer/,
      (team: Team) => revise(team, { approvals: { approvers: ['@ben', '@cleo'] } }),
    ],
  ])('%s', async (_, reason, spoil) => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const { actionId } = await approved(team, { runId });
    await spoil(team);

    expect(await send(team, actionId)).toBe(false);
    expect(await send(team, actionId)).toBe(false);

    expect(team.target.sent).toEqual([]);
    await expectRefused(team, actionId, reason);
    expect((await wakeUps(team)).slice(-1)).toEqual([`run ${runId}`]);
  });

  it('its time to run has passed', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approvedLongAgo(team);

    await send(team, actionId);

    expect(team.target.sent).toEqual([]);
    await expectRefused(team, actionId, /too long ago/);
  });

  it.each([
    ['the definition of its tool changed', (team: Team) => team.target.tools(', differently')],
    ['its tool is gone', () => []],
  ])('%s', async (_, tools) => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);

    await send({ ...team, catalog: new ToolCatalog(tools(team)) }, actionId);

    expect(team.target.sent).toEqual([]);
    await expectRefused(team, actionId, /definition of demo.issues:write has changed/);
  });

  it('one of two who approved it is disabled', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 2 } });
    await answer(team, waiting, team.ana);
    await answer(team, waiting, team.ben);
    await change(team, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ben.id}`);

    await send(team, waiting.actionId);

    expect(team.target.sent).toEqual([]);
    await expectRefused(team, waiting.actionId, /may no longer/);
  });
});

describe('a send that does not come back as done', () => {
  it('is failed when it is proven not to have happened, and never sent again', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    team.target.willWrite({ kind: 'failed', reason: 'No such repository' });

    await send(team, actionId);
    await send(team, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({
      state: 'failed',
      outcome: { kind: 'failed', reason: 'No such repository' },
    });
    expect(team.target.sent).toHaveLength(1);
    expect((await namesOf(team)).at(-1)).toBe('action.failed');
  });

  it('is tried again, with the same effect key, only after the time the target named', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    team.target.willWrite({ kind: 'failed', reason: 'Too many requests', retryAfterMs: 60_000 });

    await send(team, actionId);
    expect(await send(team, actionId)).toBe(false);
    expect(await dueOf(team)).toEqual([]);
    expect((await namesOf(team)).at(-1)).toBe('action.postponed');
    await change(team, sql`update actions set not_before = clock_timestamp() where id = ${actionId}`);
    expect(await dueOf(team)).toEqual([actionId]);
    expect(await send(team, actionId)).toBe(true);

    expect(await actionRow(team, actionId)).toMatchObject({ state: 'done', attempt: 2 });
    expect(new Set(team.target.sent.map(({ effectKey }) => effectKey)).size).toBe(1);
  });

  it('is failed when the target says “later” for the fifth time', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    const later = { kind: 'failed' as const, reason: 'Too many requests', retryAfterMs: 0 };
    team.target.willWrite(later, later, later, later, later, later);

    for (let i = 0; i < 8; i += 1) await send(team, actionId);

    expect(team.target.sent).toHaveLength(5);
    expect((await actionRow(team, actionId)).state).toBe('failed');
  });

  it.each([
    ['the target says it does not know', { kind: 'unknown' as const, reason: '502' }],
    ['the tool throws', new Error('socket hang up')],
  ])('is unknown when %s, and is never sent again', async (_, end) => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    team.target.willWrite(end);

    await send(team, actionId);
    await send(team, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({ state: 'unknown', fence: null });
    expect(team.target.sent).toHaveLength(1);
    expect(await dueOf(team)).toEqual([]);
    expect((await namesOf(team)).at(-1)).toBe('action.unknown');
  });

  it('is written down also when the target answers with characters a database refuses', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    team.target.willWrite({
      kind: 'done',
      summary: 'Opened\u0000',
      data: { title: '\uD800' },
      externalId: '7',
    });

    await send(team, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({ state: 'done', outcome: { externalId: '7' } });
  });
});

describe('a worker that died while it sent', () => {
  it('is left alone for a minute; then what it sent is unknown and its late word changes nothing', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    team.target.willWrite(async () => {
      expect(
        await abandon(
          { transact: team.transact, toolbox: toolboxOf(team.catalog) },
          team.workspace,
          actionId,
        ),
      ).toBe(false);
      await change(
        team,
        sql`update actions set started_at = clock_timestamp() - interval '61 seconds' where id = ${actionId}`,
      );
      expect(await dueOf(team)).toEqual([actionId]);
      expect(
        await abandon(
          { transact: team.transact, toolbox: toolboxOf(team.catalog) },
          team.workspace,
          actionId,
        ),
      ).toBe(true);
      return { kind: 'done', summary: 'Opened', data: {}, externalId: '1' };
    });

    await send(team, actionId);

    expect(await actionRow(team, actionId)).toMatchObject({
      state: 'unknown',
      fence: null,
      outcome: { kind: 'unknown' },
    });
    expect((await namesOf(team)).slice(-2)).toEqual(['action.started', 'action.unknown']);
    expect(await dueOf(team)).toEqual([actionId]);
  });
});

function send({ transact, catalog, workspace }: Team, id: ActionId): Promise<boolean> {
  return execute({ transact, toolbox: toolboxOf(catalog) }, workspace, id);
}

/** Approved in time, and then forgotten for longer than an approved write may wait. */
async function approvedLongAgo(team: Team): Promise<Held> {
  const waiting = await held(team, { rule: { decideWithinMs: -2 * 3_600_000 } });
  const { approvalId, actionId, digest } = waiting;
  await team.transact(team.workspace, async ({ approvals, held: actions }) => {
    const vote = { verdict: 'approve' as const, reason: null, via: 'cli', digest };
    await approvals.vote(approvalId, { principalId: team.ana.id, ...vote });
    await approvals.close(approvalId, { verdict: 'approved', by: '@ana', via: 'cli', reason: null });
    await actions.release(actionId);
  });
  return waiting;
}

async function dueOf({ system, workspace }: Team): Promise<string[]> {
  return (await system.dueActions()).filter((row) => row.workspace === workspace).map(({ id }) => id);
}

async function expectRefused(team: Team, id: ActionId, reason: RegExp): Promise<void> {
  expect(await actionRow(team, id)).toMatchObject({
    state: 'refused',
    attempt: 0,
    outcome: { kind: 'stale', reason: expect.stringMatching(reason) },
  });
  const refused = (await auditOf(team)).filter(({ name }) => name === 'action.refused');
  expect(refused).toMatchObject([{ facts: { actionId: id, reason: expect.stringMatching(reason) } }]);
}
