import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresSessionStore } from '../src/index.js';
import { newId } from '@openloop/kernel';
import { receive, type Received } from '@openloop/sessions';
import type { SurfaceEvent } from '@openloop/surfaces';
import { sql } from 'kysely';

import { aTeam, namesOf, openBench, rowsOf, wakeUps, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('an event from a surface', () => {
  it('is one run, one message and one wake-up, written together', async () => {
    const team = await aTeam(bench);

    const { runId } = await take(team, anEvent(team));

    expect(await namesOf(team)).toEqual(['run.started']);
    expect(await wakeUps(team)).toEqual([`run ${runId}`]);
    expect(await textsOf(team)).toEqual(['1 Hello']);
  });

  it('delivered again, also many times at once, is the run it was', async () => {
    const team = await aTeam(bench);
    const event = anEvent(team);

    const received = await Promise.all(Array.from({ length: 12 }, () => take(team, event)));

    expect(new Set(received.map(({ runId }) => runId)).size).toBe(1);
    expect(received.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await namesOf(team)).toEqual(['run.started']);
    expect(await textsOf(team)).toHaveLength(1);
    expect(await wakeUps(team)).toHaveLength(1);
  });

  it('with the same key of another surface or another workspace is another event', async () => {
    const [team, others] = [await aTeam(bench), await aTeam(bench)];
    const event = anEvent(team);
    const elsewhere = { ...event, thread: { ...event.thread, surface: 'web' } };

    const received = [
      await take(team, event),
      await take(team, elsewhere),
      await take(others, { ...event, authorId: others.ira.id }),
    ];

    expect(received.map(({ isNew }) => isNew)).toEqual([true, true, true]);
  });

  it('leaves nothing behind when it cannot be written whole', async () => {
    const team = await aTeam(bench);
    const broken = { ...team, revision: { ...team.revision, revision: 99 } };

    await expect(take(broken, anEvent(team))).rejects.toMatchObject({ code: '23503' });

    expect(await textsOf(team)).toEqual([]);
    expect(await namesOf(team)).toEqual([]);
    expect(await wakeUps(team)).toEqual([]);
  });
});

describe('a session', () => {
  it('is one per agent and thread, also when two speak first at once', async () => {
    const team = await aTeam(bench);

    await Promise.all(Array.from({ length: 8 }, (_, i) => take(team, anEvent(team, `Message ${i}`))));

    expect(
      await rowsOf(team, sql`select 1 from sessions where workspace_id = ${team.workspace}`),
    ).toHaveLength(1);
    const places = (await textsOf(team)).map((line) => Number(line.split(' ')[0]));
    expect(places).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('has its own places in each thread', async () => {
    const team = await aTeam(bench);

    await take(team, anEvent(team, 'One', 'first'));
    await take(team, anEvent(team, 'Two', 'second'));

    expect(await textsOf(team)).toEqual(['1 One', '1 Two']);
  });

  it('gives its transcript up to a place, with who said it', async () => {
    const team = await aTeam(bench);
    const { runId } = await take(team, anEvent(team, 'Hello'));
    const sessions = new PostgresSessionStore(team.db, team.workspace);
    const [session] = await sessions.inThread(anEvent(team).thread);
    if (!session) throw new Error('The thread has no session');
    expect(await sessions.say(session.id, { role: 'assistant', authorId: null, runId, text: 'Hi' })).toBe(2);
    await take(team, anEvent(team, 'Later'));

    expect(await sessions.transcript(session.id, 2)).toMatchObject([
      { seq: 1, role: 'user', authorId: team.ira.id, runId, text: 'Hello' },
      { seq: 2, role: 'assistant', authorId: null, runId, text: 'Hi' },
    ]);
    const elsewhere = new PostgresSessionStore(team.db, (await aTeam(bench)).workspace);
    expect(await elsewhere.transcript(session.id, 9)).toEqual([]);
    await expect(
      elsewhere.say(session.id, { role: 'user', authorId: null, runId: null, text: 'Intruder' }),
    ).rejects.toThrow(/No session/);
  });
});

describe('an agent with a limit on its tasks', () => {
  it('takes no more than it may, however many ask at once', async () => {
    const team = await aTeam(bench, { limits: { maxConcurrentTasks: 2 } });

    const received = await Promise.all(Array.from({ length: 6 }, () => tried(team, anEvent(team))));

    expect(received.filter(({ kind }) => kind === 'queued')).toHaveLength(2);
    expect((await namesOf(team)).filter((name) => name === 'run.refused')).toHaveLength(4);
    expect(await textsOf(team)).toHaveLength(2);
  });
});

function anEvent({ ira }: Team, text = 'Hello', key = 'thread'): SurfaceEvent {
  return {
    key: newId('use'),
    thread: { surface: 'terminal', channel: null, key },
    authorId: ira.id,
    text,
    labels: {},
  };
}

function tried({ transact, workspace, revision, ira }: Team, event: SurfaceEvent): Promise<Received> {
  const { agentId, revision: number, agent } = revision;
  return receive(
    transact,
    { workspaceId: workspace, agentId, revision: number, limits: agent.limits },
    event,
    ira,
  );
}

async function take(team: Team, event: SurfaceEvent): Promise<Extract<Received, { kind: 'queued' }>> {
  const received = await tried(team, event);
  if (received.kind !== 'queued') throw new Error(received.reason);
  return received;
}

async function textsOf({ db, workspace }: Team): Promise<string[]> {
  const rows = await rowsOf<{ line: string }>(
    { db },
    sql`select seq || ' ' || text as line from messages where workspace_id = ${workspace} order by session_id, seq`,
  );
  return rows.map(({ line }) => line);
}
