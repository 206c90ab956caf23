import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hear, setMuted, type Heeded } from '@openloop/sessions';
import type { Account, Heard } from '@openloop/surfaces';

import { PostgresSessionStore } from '../src/index.js';
import { aTeam, openBench, revise, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

const PRIYA: Account = { surface: 'slack', id: 'T1/U0PRIYA', name: 'Priya N.', outsider: null };

describe('a message on a chat product', () => {
  it('that mentions the agent in its channel becomes one run, however often it is delivered', async () => {
    const team = await onSlack({ channel: '#dev' });

    const first = await said(team, {});
    const again = await said(team, {});

    expect(first).toMatchObject({ kind: 'queued', isNew: true });
    expect(again).toEqual({ ...first, isNew: false });
  });

  it('delivered many times at once becomes one run', async () => {
    const team = await onSlack({ channel: '#dev' });

    const heeded = await Promise.all(Array.from({ length: 8 }, () => said(team, {})));

    expect(new Set(heeded.map((each) => (each.kind === 'queued' ? each.runId : each.kind))).size).toBe(1);
    expect(heeded.filter((each) => each.kind === 'queued' && each.isNew)).toHaveLength(1);
  });

  it('makes its author a person with a handle nobody could have chosen', async () => {
    const team = await onSlack({ channel: '#dev' });

    await said(team, { author: { ...PRIYA, name: '@ana' } });

    const person = await team.transact(team.workspace, ({ people }) => people.byAccount(PRIYA));
    expect(person).toMatchObject({ handle: '@slack.u0priya', name: '@ana' });
  });

  it.each<[string, Partial<Heard>, Heeded]>([
    ['that mentions nobody', { mentions: 'nobody' }, { kind: 'ignored', why: 'not_addressed' }],
    ['that mentions somebody else', { mentions: 'others' }, { kind: 'ignored', why: 'not_addressed' }],
    [
      'in another channel, to nobody',
      { mentions: 'nobody', channelName: '#other', thread: aThread('C2') },
      { kind: 'ignored', why: 'no_agent' },
    ],
    ['of a bot', { author: { ...PRIYA, outsider: 'bot' } }, { kind: 'ignored', why: 'outsider' }],
  ])('%s is left alone', async (_, about, heeded) => {
    expect(await said(await onSlack({ channel: '#dev' }), about)).toEqual(heeded);
  });

  it.each<[string, Partial<Heard>, RegExp]>([
    [
      'in a channel without an agent',
      { channelName: '#other', thread: aThread('C2') },
      /No agent works in #other/,
    ],
    ['by a guest', { author: { ...PRIYA, outsider: 'guest' } }, /members of this workspace only/],
    [
      'by somebody from elsewhere',
      { author: { ...PRIYA, outsider: 'stranger' } },
      /members of this workspace/,
    ],
  ])('to the agent %s is refused with words', async (_, about, words) => {
    expect(await said(await onSlack({ channel: '#dev' }), about)).toMatchObject({
      kind: 'refused',
      words: expect.stringMatching(words),
    });
  });

  it('reaches a paused agent as words only', async () => {
    const team = await onSlack({ channel: '#dev' });
    await team.db
      .updateTable('agents')
      .set({ state: 'paused' })
      .where('id', '=', team.revision.agentId)
      .execute();

    expect(await said(team, {})).toMatchObject({ kind: 'refused', words: expect.stringContaining('paused') });
  });

  it.each<['mention' | 'addressed' | 'thread' | 'all', Heard['mentions'], Heeded['kind']]>([
    ['mention', 'nobody', 'ignored'],
    ['mention', 'agent', 'queued'],
    ['addressed', 'nobody', 'queued'],
    ['addressed', 'others', 'ignored'],
    ['thread', 'others', 'queued'],
    ['all', 'others', 'queued'],
  ])('in its thread, answered on %s, mentioning %s: %s', async (respondTo, mentions, kind) => {
    const team = await onSlack({ channel: '#dev', respondTo });
    await said(team, {});

    expect(await said(team, { key: 'C1/2', isReply: true, mentions })).toMatchObject({ kind });
  });

  it('in a thread without the agent is left alone, unless it mentions it', async () => {
    const team = await onSlack({ channel: '#dev' });

    expect(await said(team, { isReply: true, mentions: 'nobody' })).toMatchObject({ kind: 'ignored' });
    expect(await said(team, { isReply: true })).toMatchObject({ kind: 'queued' });
  });

  it('in a direct conversation needs no mention', async () => {
    const team = await onSlack({ channel: '#dev' });

    const heeded = await said(team, { isDirect: true, channelName: null, mentions: 'nobody' });

    expect(heeded).toMatchObject({ kind: 'queued' });
  });
});

describe('words that steer the agent', () => {
  it('mute it until it is mentioned again, and never start a run', async () => {
    const team = await onSlack({ channel: '#dev' });
    await said(team, {});
    const reply = (key: string, about: Partial<Heard>) =>
      said(team, { key, isReply: true, mentions: 'nobody', ...about });

    expect(await reply('C1/2', { text: 'Mute' })).toEqual({ kind: 'muted' });
    expect(await reply('C1/3', { text: 'and another thing' })).toEqual({ kind: 'ignored', why: 'muted' });
    expect(await reply('C1/4', { mentions: 'agent', text: 'back to work' })).toMatchObject({
      kind: 'queued',
      unmuted: true,
    });
    expect(await reply('C1/5', { text: 'thanks' })).toMatchObject({ kind: 'queued' });
    expect(await names(team)).toEqual(expect.arrayContaining(['session.muted', 'session.unmuted']));
  });

  it('mute by a reaction as by a word', async () => {
    const team = await onSlack({ channel: '#dev' });
    const thread = aThread('C1');
    const mute = (isMuted: boolean) =>
      setMuted(team.transact, team.workspace, { thread, by: PRIYA, isMuted });
    expect(await mute(true)).toBe(false);
    await said(team, {});

    expect(await mute(true)).toBe(true);

    expect(await said(team, { key: 'C1/2', isReply: true, mentions: 'nobody' })).toMatchObject({
      why: 'muted',
    });
  });

  it('stop what runs in the thread', async () => {
    const team = await onSlack({ channel: '#dev' });
    const started = await said(team, {});

    const stopped = await said(team, { key: 'C1/2', isReply: true, mentions: 'nobody', text: 'stop' });

    expect(stopped).toMatchObject({
      kind: 'stop',
      runs: [started.kind === 'queued' ? started.runId : ''],
      by: { handle: '@slack.u0priya' },
    });
  });

  it('steer once, also when they are delivered again after something new has begun', async () => {
    const team = await onSlack({ channel: '#dev' });
    await said(team, {});
    const stop = { key: 'C1/2', isReply: true, mentions: 'nobody', text: 'stop' } as const;

    expect(await said(team, stop)).toMatchObject({ kind: 'stop' });
    expect(await said(team, stop)).toEqual({ kind: 'ignored', why: 'heard_before' });
  });

  it('are no steering when meant for somebody else', async () => {
    const team = await onSlack({ channel: '#dev' });
    await said(team, {});

    const heeded = await said(team, { key: 'C1/2', isReply: true, mentions: 'others', text: 'stop' });

    expect(heeded).toEqual({ kind: 'ignored', why: 'not_addressed' });
  });
});

describe('a thread', () => {
  it('is answered in the order it was spoken, not in the order it was heard', async () => {
    const team = await onSlack({ channel: '#dev' });
    const say = (n: number) =>
      said(team, { key: `C1/${n}`, isReply: n > 1, text: `word ${n}`, at: new Date(n * 1000) });

    const runs = new Map<number, string>();
    for (const n of [3, 1, 2]) {
      const heeded = await say(n);
      runs.set(n, heeded.kind === 'queued' ? heeded.runId : '');
    }

    const claim = (n: number) =>
      team.transact(team.workspace, (stores) => stores.runs.claim(runs.get(n) as never, `token-${n}`, 30));
    expect(await claim(3)).toBeNull();
    expect(await claim(2)).toBeNull();
    const first = await claim(1);
    expect(first?.messages.at(-1)?.text).toBe('word 1');
    const next = await team.transact(team.workspace, async (stores) => {
      const runId = runs.get(1) as never;
      const ended = await stores.runs.finish(runId, 'token-1', 'completed', {
        kind: 'answered',
        text: 'done',
      });
      const answer = { role: 'assistant' as const, authorId: null, runId, text: 'done' };
      await stores.sessions.say(first!.run.sessionId, answer);
      return ended;
    });
    expect(next).toEqual({ next: runs.get(2) });
    const second = await claim(2);
    // What was answered meanwhile is known, although it was said after the question.
    expect(second?.messages.map(({ text }) => text)).toEqual(['word 1', 'done', 'word 2']);
    const transcript = await new PostgresSessionStore(team.db, team.workspace).transcript(
      second!.run.sessionId,
      99,
    );
    expect(transcript.map(({ text }) => text)).toEqual(['word 1', 'word 2', 'word 3', 'done']);
  });
});

async function onSlack(surface: {
  channel: string | null;
  respondTo?: 'mention' | 'addressed' | 'thread' | 'all';
}): Promise<Team> {
  const team = await aTeam(bench);
  const bound = { type: 'slack' as const, respondTo: 'addressed' as const, progress: 'checklist' as const };
  const revision = await revise(team, { surfaces: [{ ...bound, ...surface }] });
  return { ...team, revision };
}

function aThread(channel: string) {
  return { surface: 'slack', channel, key: `${channel}/1` };
}

function said(team: Team, about: Partial<Heard>): Promise<Heeded> {
  return hear(team.transact, team.workspace, {
    key: 'C1/1',
    at: new Date('2026-11-20T09:00:00.000Z'),
    thread: aThread('C1'),
    channelName: '#dev',
    isDirect: false,
    isReply: false,
    author: PRIYA,
    text: 'look at the flaky test',
    mentions: 'agent',
    ...about,
  });
}

async function names(team: Team): Promise<unknown[]> {
  const entries = await team.audit.list({}, { limit: 100, order: 'asc' });
  return entries.map(({ body }) => (JSON.parse(body) as { name: string }).name);
}
