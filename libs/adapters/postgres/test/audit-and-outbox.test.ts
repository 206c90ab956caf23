import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { postgresTransact } from '../src/index.js';
import { newId, type RunId } from '@openloop/kernel';
import { ChainVerifier, linkHash, type AuditEvent } from '@openloop/ledger';
import { sql } from 'kysely';

import {
  answer,
  aRun,
  aTeam,
  change,
  held,
  openBench,
  rowsOf,
  wakeUps,
  type Bench,
  type Team,
} from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

const opened: Bench[] = [];
afterEach(async () => {
  for (const own of opened.splice(0)) await own.close();
});

describe('the audit trail', () => {
  it('is one unbroken chain per workspace, also when many write at once', async () => {
    const teams = [await aTeam(bench), await aTeam(bench)];

    await Promise.all(
      teams.flatMap((team) => Array.from({ length: 20 }, (_, i) => append(team, `run_${i}`, 2))),
    );

    for (const team of teams) {
      const entries = await team.audit.list({}, { limit: 100, order: 'asc' });
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(verdictOf(entries, await team.audit.head())).toMatchObject({ ok: true, checked: 40 });
    }
  });

  it('holds text of every script as it was', async () => {
    const team = await aTeam(bench);
    const detail = '“Ünï” 世界 🙂 \\ " \n \u202E';

    await append(team, 'run_x', 1, detail);

    const [entry] = await team.audit.list({}, { limit: 1, order: 'desc' });
    expect(JSON.parse(entry!.body)).toMatchObject({ facts: { detail } });
    expect(linkHash(entry!)).toBe(entry!.hash);
  });

  it('holds nothing of a transaction that did not commit', async () => {
    const team = await aTeam(bench);
    await append(team, 'run_1', 1);

    await expect(
      team.transact(team.workspace, async ({ audit, outbox }) => {
        audit.append(failed('run_2'));
        outbox.add({ name: 'run', id: 'run_2' });
        throw new Error('Changed my mind');
      }),
    ).rejects.toThrow('Changed my mind');

    expect(await team.audit.list({}, { limit: 9, order: 'asc' })).toHaveLength(1);
    expect(await wakeUps(team)).toEqual([]);
  });

  it.each([
    [
      'an update',
      (workspace: string) => sql`update audit_events set body = '{}' where workspace_id = ${workspace}`,
    ],
    [
      'a change of the time',
      (workspace: string) => sql`update audit_events set at = at where workspace_id = ${workspace}`,
    ],
    ['a delete', (workspace: string) => sql`delete from audit_events where workspace_id = ${workspace}`],
    ['emptying the table', () => sql`truncate audit_events`],
  ])('refuses %s', async (_, statement) => {
    const team = await aTeam(bench);
    await append(team, 'run_1', 2);

    await expect(change(team, statement(team.workspace))).rejects.toMatchObject({ code: 'OL001' });
    expect(await team.audit.list({}, { limit: 9, order: 'asc' })).toHaveLength(2);
  });

  it('shows where it was tampered with, by whoever gets past that', async () => {
    const own = await ownBench();
    const team = await aTeam(own);
    await append(team, 'run_1', 5);
    const entries = () => team.audit.list({}, { limit: 9, order: 'asc' });
    const head = await team.audit.head();

    await change(own, sql`alter table audit_events disable trigger user`);
    await change(own, sql`update audit_events set body = replace(body, 'run_1', 'run_9') where seq = 3`);
    expect(verdictOf(await entries(), head)).toMatchObject({ ok: false, brokenAt: 3 });
    await change(own, sql`delete from audit_events where seq >= 3`);
    expect(verdictOf(await entries(), head)).toMatchObject({
      ok: false,
      brokenAt: 3,
      why: 'links are missing at the end',
    });
  });

  it('is read in pages and by each filter', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const waiting = await held(team, { runId });
    await answer(team, waiting, team.ana);
    const names = async (...query: Parameters<typeof team.audit.list>) =>
      (await team.audit.list(...query)).map(({ body }) => (JSON.parse(body) as AuditEvent).name); // as written
    const page = { limit: 9, order: 'asc' as const };
    const all = [
      'run.started',
      'action.proposed',
      'approval.requested',
      'approval.voted',
      'approval.decided',
    ];

    expect(await names({}, page)).toEqual(all);
    expect(await names({}, { limit: 2, order: 'desc' })).toEqual(all.slice(-2).toReversed());
    expect(await names({ after: 1, before: 4 }, page)).toEqual(all.slice(1, 3));
    expect(await names({ name: 'approval.voted' }, page)).toEqual(['approval.voted']);
    expect(await names({ actor: '@ana' }, page)).toEqual(all.slice(3));
    expect(await names({ actor: 'demo' }, page)).toEqual(all.slice(1, 3));
    expect(await names({ runId }, page)).toEqual(all);
    expect(await names({ runId: newId('run') }, page)).toEqual([]);
    expect(await names({ agentId: team.revision.agentId }, page)).toEqual(all);
    expect(await names({ until: new Date(0) }, page)).toEqual([]);
    expect(await names({ since: new Date(0), until: new Date(Date.now() + 60_000) }, page)).toEqual(all);
  });
});

describe('wake-ups', () => {
  it('are told of once they are committed, and only where there are some', async () => {
    const team = await aTeam(bench);
    let bells = 0;
    const transact = postgresTransact(team.db, () => {
      bells += 1;
    });

    await transact(team.workspace, async ({ outbox }) => {
      outbox.add({ name: 'run', id: 'run_1' });
      outbox.add({ name: 'action', id: 'act_1' });
      expect(bells).toBe(0);
    });
    await transact(team.workspace, async ({ audit }) => audit.append(failed('run_1')));
    await transact(team.workspace, async ({ outbox }) => {
      outbox.add({ name: 'run', id: 'run_2' });
      throw new Error('Changed my mind');
    }).catch(() => undefined);

    expect(bells).toBe(1);
    expect(await wakeUps(team)).toEqual(['run run_1', 'action act_1']);
  });

  it('are taken by one relay, in order, and gone once they are confirmed', async () => {
    const own = await ownBench();
    const team = await aTeam(own);
    for (let i = 0; i < 30; i += 1) await wake(team, `run_${i}`);

    const taken = await Promise.all([
      own.system.claimOutbox(),
      own.system.claimOutbox(),
      own.system.claimOutbox(),
    ]);

    const ids = taken.flat().map(({ id }) => id);
    expect(ids.toSorted()).toEqual(Array.from({ length: 30 }, (_, i) => `run_${i}`).toSorted());
    await own.system.confirmOutbox(taken.flat().map(({ outboxId }) => outboxId));
    expect(await wakeUps(team)).toEqual([]);
  });

  it('are taken again when the relay that had them died, and not before', async () => {
    const own = await ownBench();
    const team = await aTeam(own);
    await wake(team, 'run_1');
    const [first] = await own.system.claimOutbox();

    expect(first).toMatchObject({ name: 'run', id: 'run_1', workspace: team.workspace });
    expect(await own.system.claimOutbox()).toEqual([]);
    await change(own, sql`update outbox set claimed_at = claimed_at - interval '11 seconds'`);
    expect(await own.system.claimOutbox()).toEqual([first]);
  });
});

describe('a transaction', () => {
  it('is tried again when the database says so, and writes its audit once', async () => {
    const team = await aTeam(bench);
    let tries = 0;

    await team.transact(team.workspace, async ({ audit }) => {
      tries += 1;
      audit.append(failed('run_1'));
      if (tries < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    });

    expect(tries).toBe(3);
    expect(
      await rowsOf(team, sql`select 1 from audit_events where workspace_id = ${team.workspace}`),
    ).toHaveLength(1);
  });
});

/** For what concerns all workspaces at once, or breaks them. */
async function ownBench(): Promise<Bench> {
  const own = await openBench();
  opened.push(own);
  return own;
}

function append(team: Team, run: string, count: number, detail = ''): Promise<void> {
  return team.transact(team.workspace, async ({ audit }) => {
    for (let i = 0; i < count; i += 1) audit.append(failed(run, detail));
  });
}

function failed(run: string, detail = ''): AuditEvent {
  const facts = { runId: run as RunId, agentId: 'agt_1' as const, reason: 'internal', detail }; // as good as any
  return { name: 'run.failed', actor: { kind: 'system' }, facts };
}

function wake(team: Team, id: string): Promise<void> {
  return team.transact(team.workspace, async ({ outbox }) => outbox.add({ name: 'run', id }));
}

function verdictOf(entries: Parameters<ChainVerifier['add']>[0][], head: { seq: number; hash: string }) {
  const verifier = new ChainVerifier();
  for (const entry of entries) verifier.add(entry);
  return verifier.verdict(head);
}
