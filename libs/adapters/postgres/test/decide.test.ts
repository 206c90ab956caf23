import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expire } from '@openloop/approvals';
import { newId, shortId, type ApprovalId } from '@openloop/kernel';
import { ToolCatalog } from '@openloop/tools';
import { sql } from 'kysely';

import {
  actionRow,
  answer,
  aRun,
  aTeam,
  auditOf,
  change,
  held,
  namesOf,
  openBench,
  revise,
  wakeUps,
  type Bench,
  type Held,
  type Team,
} from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('a yes from an approver', () => {
  it('readies the action and wakes it once', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);

    const result = await answer(team, waiting, team.ana, { reason: 'Looks right' });

    expect(result).toMatchObject({
      kind: 'decided',
      approval: { state: 'approved', decision: { verdict: 'approved', by: '@ana', reason: 'Looks right' } },
    });
    expect(await actionRow(team, waiting.actionId)).toMatchObject({ state: 'ready', outcome: null });
    expect(await wakeUps(team)).toEqual([`action ${waiting.actionId}`]);
    expect(await namesOf(team)).toEqual([
      'action.proposed',
      'approval.requested',
      'approval.voted',
      'approval.decided',
    ]);
  });

  it('counts under the short id that people see, and with the first ten characters of the digest', async () => {
    const team = await aTeam(bench);
    const { approvalId, digest } = await held(team);

    const short = shortId(approvalId) as ApprovalId; // keeps its prefix
    const result = await answer(team, { approvalId: short, digest: digest.slice(0, 10) }, team.ana);

    expect(result.kind).toBe('decided');
  });

  it('cannot be given to an approval of another workspace', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const waiting = await held(team);

    await expect(answer(others, waiting, others.ana)).rejects.toMatchObject({ code: 'approvals.not_found' });
    await expect(answer(team, { ...waiting, approvalId: newId('apr') }, team.ana)).rejects.toMatchObject({
      code: 'approvals.not_found',
    });
    expect((await actionRow(team, waiting.actionId)).state).toBe('held');
  });
});

describe('a no from an approver', () => {
  it('refuses the action at once, tells why, and wakes its run', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const waiting = await held(team, { runId, rule: { minApprovals: 3 } });

    const result = await answer(team, waiting, team.ben, { verdict: 'deny', reason: 'Not this week' });

    expect(result).toMatchObject({ kind: 'decided', approval: { state: 'denied' } });
    expect(await actionRow(team, waiting.actionId)).toMatchObject({
      state: 'refused',
      outcome: { kind: 'denied', reason: 'Not this week', by: '@ben' },
    });
    expect(await wakeUps(team)).toEqual([`run ${runId}`, `run ${runId}`]);
    expect((await namesOf(team)).slice(-3)).toEqual(['approval.voted', 'approval.decided', 'action.refused']);
  });

  it('wins over yeses that were not yet enough', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 3 } });
    await answer(team, waiting, team.ana);
    await answer(team, waiting, team.ben);

    await answer(team, waiting, team.cleo, { verdict: 'deny' });

    expect((await actionRow(team, waiting.actionId)).state).toBe('refused');
  });

  it('is taken from an approver who asked for it, and needs no digest', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { initiator: team.ana });

    const result = await answer(team, waiting, team.ana, { verdict: 'deny', digest: null });

    expect(result).toMatchObject({ kind: 'decided', approval: { state: 'denied' } });
  });

  it('is not taken from somebody who is no approver', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);

    const result = await answer(team, waiting, team.ira, { verdict: 'deny' });

    expect(result).toMatchObject({ kind: 'refused', code: 'not_an_approver' });
    await expectStillHeld(team, waiting);
  });
});

describe('a yes that does not count', () => {
  it('is one from somebody who is no approver, even under an approver’s name', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);

    const result = await answer(team, waiting, { ...team.ira, name: '@ana' });

    expect(result).toMatchObject({ kind: 'refused', code: 'not_an_approver' });
    await expectRefusal(team, waiting, 'not_an_approver');
  });

  it('is one from whoever asked for it', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { initiator: team.ana });

    expect(await answer(team, waiting, team.ana)).toMatchObject({ kind: 'refused', code: 'self_approval' });
    await expectRefusal(team, waiting, 'self_approval');
    expect((await answer(team, waiting, team.ben)).kind).toBe('decided');
  });

  it('is one from whoever asked for a high risk, whatever the agent allows', async () => {
    const team = await aTeam(bench);
    team.target.risk = 'high';
    const waiting = await held(team, { initiator: team.ana, rule: { selfApproval: true } });

    expect(await answer(team, waiting, team.ana)).toMatchObject({ kind: 'refused', code: 'self_approval' });
    await expectRefusal(team, waiting, 'self_approval');
  });

  it('counts where the agent allows self approval and the risk is not high, and the audit says so', async () => {
    const team = await aTeam(bench);
    team.target.risk = 'medium';
    const waiting = await held(team, { initiator: team.ana, rule: { selfApproval: true } });

    expect((await answer(team, waiting, team.ana)).kind).toBe('decided');
    const voted = (await auditOf(team)).find(({ name }) => name === 'approval.voted');
    expect(voted?.facts).toMatchObject({ self: true, verdict: 'approve', have: 1, need: 1 });
  });

  it.each([
    ['empty', () => ''],
    ['too short', (digest: string) => digest.slice(0, 9)],
    ['that of something else', () => 'f'.repeat(64)],
    ['longer than the digest', (digest: string) => `${digest}0`],
    ['in capitals', (digest: string) => `${digest.toUpperCase().slice(0, 63)}G`],
    ['its end instead of its beginning', (digest: string) => digest.slice(-10)],
  ])('is one whose digest is %s', async (_, seen) => {
    const team = await aTeam(bench);
    const waiting = await held(team);

    const result = await answer(team, waiting, team.ana, { digest: seen(waiting.digest) });

    expect(result).toMatchObject({ kind: 'refused', code: 'digest_mismatch' });
    await expectRefusal(team, waiting, 'digest_mismatch');
  });
});

describe('time and change', () => {
  it('a yes after the deadline by the database clock ends the approval as expired', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await change(
      bench,
      sql`update approvals set decide_by = clock_timestamp() where id = ${waiting.approvalId}`,
    );

    const result = await answer(team, waiting, team.ana);

    expect(result).toMatchObject({ kind: 'refused', code: 'expired', approval: { state: 'expired' } });
    expect(await actionRow(team, waiting.actionId)).toMatchObject({
      state: 'refused',
      outcome: { kind: 'expired' },
    });
    expect((await namesOf(team)).slice(-3)).toEqual([
      'approval.refused',
      'approval.expired',
      'action.refused',
    ]);
  });

  it('the sweep expires what is due, leaves what has time, and changes nothing that was decided', async () => {
    const team = await aTeam(bench);
    const [due, early, decided] = [await held(team), await held(team), await held(team)];
    await answer(team, decided, team.ana);
    await change(bench, sql`update approvals set decide_by = clock_timestamp() where id = ${due.approvalId}`);

    const mine = (await bench.system.dueApprovals()).filter(({ workspace }) => workspace === team.workspace);
    for (const { approvalId } of [due, early, decided, due])
      await expire(team.transact, team.workspace, approvalId);

    expect(mine.map(({ id }) => id)).toEqual([due.approvalId]);
    expect((await actionRow(team, due.actionId)).outcome).toMatchObject({ kind: 'expired', by: null });
    expect((await actionRow(team, early.actionId)).state).toBe('held');
    expect((await actionRow(team, decided.actionId)).state).toBe('ready');
    expect((await namesOf(team)).filter((name) => name === 'approval.expired')).toHaveLength(1);
  });

  it.each([
    ['an approver was removed', { approvals: { approvers: ['@ana' as const] } }],
    ['a budget was changed', { budget: { monthlyMicros: 1 } }],
    ['a tool was taken away', { tools: [] }],
  ])('a yes after %s by a new revision is out of date', async (_, overrides) => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await revise(team, overrides);

    const result = await answer(team, waiting, team.ana);

    expect(result).toMatchObject({ kind: 'refused', code: 'stale', approval: { state: 'stale' } });
    expect(await actionRow(team, waiting.actionId)).toMatchObject({
      state: 'refused',
      outcome: { kind: 'stale', by: null },
    });
    expect((await namesOf(team)).slice(-3)).toEqual(['approval.refused', 'approval.stale', 'action.refused']);
  });

  it('a yes after a revision that changed only the instructions still counts', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await revise(team, { instructions: 'Be brief.' });

    expect((await answer(team, waiting, team.ana)).kind).toBe('decided');
  });

  it.each([
    ['its definition changed', (team: Team) => team.target.tools(', differently')],
    ['nobody provides it any more', () => []],
  ])('a yes to a tool is out of date when %s', async (_, tools) => {
    const team = await aTeam(bench);
    const waiting = await held(team);

    const result = await answer({ ...team, catalog: new ToolCatalog(tools(team)) }, waiting, team.ana);

    expect(result).toMatchObject({ kind: 'refused', code: 'stale' });
    expect((await actionRow(team, waiting.actionId)).state).toBe('refused');
  });

  it('a person who may not approve cannot end an approval as out of date', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await revise(team, { tools: [] });

    expect(await answer(team, waiting, team.ira)).toMatchObject({ code: 'not_an_approver' });
    await expectStillHeld(team, waiting);
  });

  it('an answer can be given while the agent is paused', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await change(bench, sql`update agents set state = 'paused' where id = ${team.revision.agentId}`);

    expect((await answer(team, waiting, team.ana)).kind).toBe('decided');
  });
});

describe('a quorum', () => {
  it('needs that many people: one person’s second yes changes nothing', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 2 } });

    const votes = [
      await answer(team, waiting, team.ana),
      await answer(team, waiting, team.ana, { via: 'web' }),
      await answer(team, waiting, team.ana, { via: 'slack' }),
    ];
    for (const vote of votes) expect(vote).toMatchObject({ kind: 'voted', have: 1, need: 2 });
    await expectStillHeld(team, waiting);

    expect((await answer(team, waiting, team.ben)).kind).toBe('decided');
    expect(await wakeUps(team)).toEqual([`action ${waiting.actionId}`]);
  });

  it('does not count the yes of somebody who was disabled since', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 2 } });
    await answer(team, waiting, team.ana);
    await change(bench, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ana.id}`);

    expect(await answer(team, waiting, team.ben)).toMatchObject({ kind: 'voted', have: 1, need: 2 });
    expect((await answer(team, waiting, team.cleo)).kind).toBe('decided');
  });

  it('does not count an answer of somebody who is disabled already', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await change(bench, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ana.id}`);

    expect(await answer(team, waiting, team.ana)).toMatchObject({ kind: 'refused', code: 'not_an_approver' });
    await expectStillHeld(team, waiting);
  });
});

describe('an answer that comes second', () => {
  it('changes nothing and is told what was decided; only another answer is a refusal', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await answer(team, waiting, team.ana);

    const again = await answer(team, waiting, team.ana);
    const other = await answer(team, waiting, team.ben, { verdict: 'deny' });

    expect(again).toMatchObject({
      kind: 'already_decided',
      sameAnswer: true,
      approval: { state: 'approved' },
    });
    expect(other).toMatchObject({
      kind: 'already_decided',
      sameAnswer: false,
      approval: { state: 'approved' },
    });
    expect((await actionRow(team, waiting.actionId)).state).toBe('ready');
    await expectRefusals(team, waiting, ['already_decided']);
    expect(await wakeUps(team)).toHaveLength(1);
  });
});

async function expectStillHeld(team: Team, { actionId }: Held): Promise<void> {
  expect((await actionRow(team, actionId)).state).toBe('held');
  expect(await wakeUps(team)).toEqual([]);
}

async function expectRefusal(team: Team, waiting: Held, code: string): Promise<void> {
  await expectStillHeld(team, waiting);
  await expectRefusals(team, waiting, [code]);
}

async function expectRefusals(team: Team, { approvalId, digest }: Held, codes: string[]): Promise<void> {
  const refused = (await auditOf(team)).filter(({ name }) => name === 'approval.refused');
  expect(refused.map(({ facts }) => facts['code'])).toEqual(codes);
  for (const { facts } of refused) expect(facts).toMatchObject({ approvalId, digest });
}
