import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hear, type Heeded } from '@openloop/sessions';
import type { Heard } from '@openloop/surfaces';
import type pg from 'pg';

import { kyselyOn, postgresTransact } from '../src/index.js';
import { aTeam, openBench, revise, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

// A product waits for these, and each may be a long way off: Slack gives up after three seconds.
describe('between a message and its acknowledgement the database is asked', () => {
  it('what is known and to keep it, for a mention by somebody known', async () => {
    const team = await onSlack();
    await said(team, team.transact, 'C1/1');

    const { asked, heeded } = await asking((transact) => said(team, transact, 'C1/2'));

    expect(heeded).toMatchObject({ kind: 'queued', isNew: true });
    expect(asked).toEqual(['begin', 'select', 'with', '/*', 'commit']);
  });

  it('once, for a mention that was taken before', async () => {
    const team = await onSlack();
    await said(team, team.transact, 'C1/1');

    const { asked, heeded } = await asking((transact) => said(team, transact, 'C1/1'));

    expect(heeded).toMatchObject({ kind: 'queued', isNew: false });
    expect(asked).toEqual(['begin', 'select', 'commit']);
  });
});

/** The first word of each statement that `act` sends. */
async function asking(
  act: (transact: Team['transact']) => Promise<Heeded>,
): Promise<{ asked: string[]; heeded: Heeded }> {
  const { pool } = bench.database;
  const asked: string[] = [];
  const connect = async () => {
    const client = await pool.connect();
    const query = (text: string, values: unknown[]) => {
      asked.push(text.trim().split(/\s/)[0] ?? '');
      return client.query(text, values);
    };
    return { query, release: () => client.release() };
  };
  // It has what Kysely uses of a pool.
  const counting = { options: pool.options, end: () => pool.end(), connect } as unknown as pg.Pool;
  const heeded = await act(postgresTransact(kyselyOn(counting)));
  return { asked, heeded };
}

async function onSlack(): Promise<Team> {
  const team = await aTeam(bench);
  const surface = { type: 'slack', channel: '#dev', respondTo: 'mention', progress: 'checklist' } as const;
  return { ...team, revision: await revise(team, { surfaces: [surface] }) };
}

function said({ workspace }: Team, transact: Team['transact'], key: string): Promise<Heeded> {
  const heard: Heard = {
    key,
    at: new Date('2026-11-20T09:00:00.000Z'),
    thread: { surface: 'slack', channel: 'C1', key },
    channelName: '#dev',
    isDirect: false,
    isReply: false,
    author: { surface: 'slack', id: 'T1/U0PRIYA', name: 'Priya N.', outsider: null },
    text: 'look at the flaky test',
    mentions: 'agent',
  };
  return hear(transact, workspace, heard);
}
