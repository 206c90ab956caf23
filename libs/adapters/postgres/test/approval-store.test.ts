import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresApprovalReader } from '../src/index.js';
import type { ApprovalStore } from '@openloop/approvals';
import { newId, shortId, type ApprovalId } from '@openloop/kernel';

import { answer, aRun, aTeam, held, openBench, revise, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('an approval', () => {
  it('is locked with what a decision leans on, under its id and its short id', async () => {
    const team = await aTeam(bench);
    const { approvalId, actionId, digest } = await held(team);
    const revised = await revise(team, { approvals: { approvers: ['@ana'] } });

    for (const id of [approvalId, shortId(approvalId) as ApprovalId]) {
      // keeps its prefix
      expect(await on(team, (approvals) => approvals.lock(id))).toMatchObject({
        approval: {
          id: approvalId,
          actionId,
          digest,
          state: 'pending',
          approvers: ['@ana', '@ben', '@cleo'],
          authorityDigest: team.revision.authorityDigest,
          toolDigest: team.catalog.definitionDigest('demo.issues:write'),
          initiatorId: team.ira.id,
          statedReason: 'The build is red',
          decision: null,
        },
        votes: [],
        agent: { name: 'demo', state: 'active', authorityDigest: revised.authorityDigest },
      });
    }
    expect(await on(team, (approvals) => approvals.lock(newId('apr')))).toBeNull();
  });

  it('of another workspace is not there', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const { approvalId } = await held(team);

    expect(await on(others, (approvals) => approvals.lock(approvalId))).toBeNull();
    expect(await readerOf(others).find(approvalId)).toBeNull();
    expect(await readerOf(others).list({}, { limit: 9 })).toEqual([]);
  });

  it('keeps one vote per person, the first', async () => {
    const team = await aTeam(bench);
    const { approvalId, digest } = await held(team);
    const vote = (verdict: 'approve' | 'deny') =>
      on(team, (approvals) =>
        approvals.vote(approvalId, { principalId: team.ana.id, verdict, reason: null, via: 'cli', digest }),
      );

    expect(await vote('approve')).toBe(true);
    expect(await vote('deny')).toBe(false);

    const locked = await on(team, (approvals) => approvals.lock(approvalId));
    expect(locked?.votes).toMatchObject([{ handle: '@ana', verdict: 'approve' }]);
  });

  it('closes once, stamped with the database clock', async () => {
    const team = await aTeam(bench);
    const { approvalId } = await held(team);
    const close = () =>
      on(team, (approvals) =>
        approvals.close(approvalId, { verdict: 'denied', by: '@ana', via: 'cli', reason: null }),
      );

    const at = await close();
    await expect(close()).rejects.toBeInstanceOf(Error);

    expect((await readerOf(team).find(approvalId))?.approval.decision).toEqual({
      verdict: 'denied',
      by: '@ana',
      via: 'cli',
      reason: null,
      at,
    });
  });

  it('makes the second who locks it wait for the first', async () => {
    const team = await aTeam(bench);
    const { approvalId } = await held(team);
    const order: string[] = [];
    let second: Promise<unknown> = Promise.resolve();

    await on(team, async (approvals) => {
      await approvals.lock(approvalId);
      second = on(team, async (others) => {
        const locked = await others.lock(approvalId);
        order.push(`second saw ${locked?.approval.state}`);
      });
      await approvals.close(approvalId, { verdict: 'denied', by: '@ana', via: 'cli', reason: null });
      order.push('first closed');
    });
    await second;

    expect(order).toEqual(['first closed', 'second saw denied']);
  });

  it('of a run is found while it is pending', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const waiting = await held(team, { runId });
    await held(team);

    expect(await on(team, (approvals) => approvals.pendingOfRun(runId))).toEqual([waiting.approvalId]);
    await answer(team, waiting, team.ana);
    expect(await on(team, (approvals) => approvals.pendingOfRun(runId))).toEqual([]);
  });
});

describe('reading approvals', () => {
  it('shows one with its votes, its action and what its run spent', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 2 } });
    await answer(team, waiting, team.ana, { reason: 'Fine' });

    expect(await readerOf(team).find(waiting.approvalId)).toMatchObject({
      approval: { state: 'pending' },
      votes: [{ handle: '@ana', reason: 'Fine', via: 'cli' }],
      agent: 'demo',
      initiator: '@ira',
      action: { id: waiting.actionId, state: 'held', args: { repo: 'acme/ingestion' }, spentMicros: 0 },
    });
  });

  it('lists the newest first, page by page, and by each filter', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const [ofRun, , decided] = [
      await held(team, { runId }),
      await held(team, { initiator: team.ben, rule: { approvers: ['@cleo'] } }),
      await held(team),
    ];
    await answer(team, decided, team.ana);
    const reader = readerOf(team);
    const ids = async (...query: Parameters<typeof reader.list>) =>
      (await reader.list(...query)).map(({ approval }) => approval.id);
    const page = { limit: 9 };

    const all = await ids({}, page);
    expect(all).toEqual(all.toSorted().toReversed());
    expect(await ids({}, { limit: 2, before: all[0]! })).toEqual(all.slice(1));
    expect(await ids({ states: ['approved'] }, page)).toEqual([decided.approvalId]);
    expect(await ids({ runId }, page)).toEqual([ofRun.approvalId]);
    expect((await ids({ approver: '@ana' }, page)).toSorted()).toEqual(
      [ofRun, decided].map((each) => each.approvalId).toSorted(),
    );
    expect(await ids({ agentId: newId('agt') }, page)).toEqual([]);
  });
});

function on<Result>(
  { transact, workspace }: Team,
  work: (approvals: ApprovalStore) => Promise<Result>,
): Promise<Result> {
  return transact(workspace, ({ approvals }) => work(approvals));
}

function readerOf({ db, workspace }: Team): PostgresApprovalReader {
  return new PostgresApprovalReader(db, workspace);
}
