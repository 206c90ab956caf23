import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionStore } from '@openloop/actions';
import { newId } from '@openloop/kernel';
import { sql } from 'kysely';

import {
  actionRow,
  answer,
  approved,
  aTeam,
  change,
  held,
  openBench,
  type Bench,
  type Team,
} from './bench.js';

const DONE = { kind: 'done' as const, summary: 'Opened', data: {}, externalId: '1', adopted: false };
const UNKNOWN = { kind: 'unknown' as const, reason: '502' };

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('an action', () => {
  it('is locked with what its send depends on', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 2 } });
    await answer(team, waiting, team.ana);

    const locked = await on(team, (actions) => actions.lock(waiting.actionId));

    expect(locked).toMatchObject({
      action: { id: waiting.actionId, state: 'held', digest: waiting.digest, origin: null },
      approval: { id: waiting.approvalId, state: 'pending', minApprovals: 2 },
      votes: [{ handle: '@ana', verdict: 'approve', disabled: false }],
      agent: { name: 'demo', state: 'active', revision: 1 },
    });
    expect(Math.abs(Number(locked?.now) - Date.now())).toBeLessThan(60_000);
  });

  it('of another workspace is not there', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const { actionId } = await approved(team);

    expect(await on(others, (actions) => actions.lock(actionId))).toBeNull();
    expect(await on(others, (actions) => actions.start(actionId, 'fence'))).toBe(false);
  });

  it('is never proposed twice for one call of a step, nor with an effect key that was used', async () => {
    const team = await aTeam(bench);
    const { actionId } = await held(team);
    const twin = sql`insert into actions
      select (jsonb_populate_record(a, jsonb_build_object('id', ${newId('act')}::text))).* from actions a
      where id = ${actionId}`;

    await expect(change(team, twin)).rejects.toMatchObject({ code: '23505' });
  });

  it('starts once, from ready only', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    const start = (fence: string) => on(team, (actions) => actions.start(waiting.actionId, fence));

    expect(await start('early')).toBe(false);
    await answer(team, waiting, team.ana);
    const started = await Promise.all(Array.from({ length: 8 }, (_, i) => start(`fence-${i}`)));

    expect(started.filter(Boolean)).toHaveLength(1);
    expect(await actionRow(team, waiting.actionId)).toMatchObject({ state: 'started', attempt: 1 });
  });

  it('settles once, only for whoever holds the fence', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    const settle = (fence: string) =>
      on(team, (actions) => actions.settle(actionId, fence, { state: 'done', outcome: DONE }));

    expect(await settle('none')).toBe(false);
    await on(team, (actions) => actions.start(actionId, 'mine'));
    expect(await settle('theirs')).toBe(false);
    expect(await settle('mine')).toBe(true);
    expect(await settle('mine')).toBe(false);

    expect(await actionRow(team, actionId)).toMatchObject({ state: 'done', fence: null, outcome: DONE });
  });

  it('goes back to ready for a later time, under a new fence', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    await on(team, (actions) => actions.start(actionId, 'first'));

    expect(
      await on(team, (actions) => actions.settle(actionId, 'first', { state: 'ready', retryInMs: 60_000 })),
    ).toBe(true);

    const { not_before: notBefore, ...row } = await actionRow(team, actionId);
    expect(row).toMatchObject({ state: 'ready', fence: null });
    expect(Number(notBefore)).toBeGreaterThan(Date.now() + 30_000);
    expect(await on(team, (actions) => actions.start(actionId, 'second'))).toBe(true);
    expect(
      await on(team, (actions) => actions.settle(actionId, 'first', { state: 'done', outcome: DONE })),
    ).toBe(false);
  });

  it('is abandoned only when it was started and is silent for long enough', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    const abandon = (seconds: number) => on(team, (actions) => actions.abandon(actionId, seconds));

    expect(await abandon(0)).toBe(false);
    await on(team, (actions) => actions.start(actionId, 'mine'));
    expect(await abandon(60)).toBe(false);
    expect(await abandon(0)).toBe(true);
    expect(await abandon(0)).toBe(false);

    expect(
      await on(team, (actions) => actions.settle(actionId, 'mine', { state: 'done', outcome: DONE })),
    ).toBe(false);
    expect(await actionRow(team, actionId)).toMatchObject({ state: 'unknown', fence: null });
  });

  it('is looked for when it is due, by one, and each look is counted', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    const look = () => on(team, (actions) => actions.claimLook(actionId, 30));
    await on(team, (actions) => actions.start(actionId, 'mine'));
    expect(await look()).toBeNull();
    await on(team, (actions) =>
      actions.settle(actionId, 'mine', { state: 'unknown', outcome: UNKNOWN, lookInSeconds: 10 }),
    );

    expect(await look()).toBeNull();
    await change(team, sql`update actions set look_at = clock_timestamp() where id = ${actionId}`);
    const looks = await Promise.all([look(), look(), look()]);

    expect(looks.filter(Boolean)).toMatchObject([{ id: actionId, looks: 1, state: 'unknown' }]);
  });

  it('is resolved from unknown only', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    const resolve = () => on(team, (actions) => actions.resolve(actionId, { state: 'done', outcome: DONE }));
    await on(team, (actions) => actions.start(actionId, 'mine'));

    expect(await resolve()).toBe(false);
    await on(team, (actions) => actions.abandon(actionId, 0));
    expect(await resolve()).toBe(true);
    expect(await resolve()).toBe(false);
  });

  it('is released from held only, and refused from held or ready only', async () => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);
    const refusal = { kind: 'denied' as const, reason: 'No', by: null };
    await on(team, (actions) => actions.start(actionId, 'mine'));

    await team.transact(team.workspace, async ({ held: actions }) => {
      await actions.release(actionId);
      await actions.refuse(actionId, refusal);
    });

    expect(await actionRow(team, actionId)).toMatchObject({ state: 'started', fence: 'mine', outcome: null });
  });
});

function on<Result>(
  { transact, workspace }: Team,
  work: (actions: ActionStore) => Promise<Result>,
): Promise<Result> {
  return transact(workspace, ({ actions }) => work(actions));
}
