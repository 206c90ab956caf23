import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresRunReader } from '../src/index.js';
import { execute } from '@openloop/actions';
import { AppError, type ApprovalId, type RunId } from '@openloop/kernel';
import type { ChatMessage, ModelReply } from '@openloop/models';
import { callTool, say, ScriptedModel, type ScriptedTurn } from '@openloop/models/testing';
import { advance } from '@openloop/runs';
import { sql } from 'kysely';

import {
  actionRow,
  answer,
  aRun,
  aTeam,
  auditOf,
  change,
  driver,
  ISSUE,
  namesOf,
  one,
  openBench,
  rowsOf,
  wakeUps,
  type Bench,
  type Driver,
  type Held,
  type Team,
} from './bench.js';

const WRITE = 'demo_issues_write';
const READ = 'demo_issues_read';
const WAKE_UPS = 8;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('a run', () => {
  it('answers in its thread, and books what the answer cost', async () => {
    const { team, runId } = await started(say('Good morning.'));

    expect(await recordOf(team, runId)).toMatchObject({
      run: {
        state: 'completed',
        outcome: { kind: 'answered', text: 'Good morning.' },
        costMicros: 300,
        simulated: true,
      },
      steps: 1,
    });
    expect(await saidIn(team, runId)).toEqual(['Please open an issue', 'Good morning.']);
    expect(await namesOf(team)).toEqual(['run.started', 'model.replied', 'run.completed']);
  });

  it('shows the model the thread so far, the allowed tools and nothing said later', async () => {
    const team = await aTeam(bench, {
      tools: [{ type: 'native', name: 'demo', permissions: ['issues:read'], credentials: null }],
    });
    const first = await aRun(team, 'Who are you?', 'thread');
    const parts = driver(team, new ScriptedModel(say('I am demo.'), say('Yes.')));
    await advance(parts, team.workspace, first);
    const second = await aRun(team, 'Are you sure?', 'thread');
    await aRun(team, 'Said later', 'thread');

    await advance(parts, team.workspace, second);

    const asked = parts.model.asked[1];
    expect(asked?.messages.map(({ text }) => text)).toEqual(['Who are you?', 'I am demo.', 'Are you sure?']);
    expect(asked?.tools.map(({ name }) => name)).toEqual([READ]);
  });

  it('carries out reads and feeds what they found back', async () => {
    const { team, parts } = await started(callTool(READ, ISSUE), say('It is open.'));

    expect(team.target.reads).toEqual([ISSUE]);
    expect(toolResults(parts)).toMatchObject([
      { isError: false, text: expect.stringContaining('One issue') },
    ]);
    expect(await namesOf(team)).toContain('tool.read');
  });

  it('is carried on by one worker, however many are called', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team, new ScriptedModel(say('Once.')));

    await Promise.all(Array.from({ length: 8 }, () => advance(parts, team.workspace, runId)));

    expect(parts.model.asked).toHaveLength(1);
    expect((await recordOf(team, runId)).run.state).toBe('completed');
  });
});

describe('a run that wants to write', () => {
  it('parks with the write held, and nothing of it stays in memory', async () => {
    const { team, runId } = await started(callTool(WRITE, ISSUE, { text: 'The build is red.' }));

    const waiting = await heldBy(team, runId);
    expect(await recordOf(team, runId)).toMatchObject({
      run: { state: 'waiting', outcome: null },
      heldApprovals: [waiting.approvalId],
    });
    expect(team.target.sent).toEqual([]);
    expect(await rowsOf(team, sql`select lease_token from runs where id = ${runId}`)).toEqual([
      { lease_token: null },
    ]);
    expect(await namesOf(team)).toEqual([
      'run.started',
      'model.replied',
      'action.proposed',
      'approval.requested',
      'run.waiting',
    ]);
  });

  it('goes on with the result once it was approved and sent, with a fresh worker', async () => {
    const { team, runId } = await started(callTool(WRITE, ISSUE));
    const waiting = await heldBy(team, runId);
    await answer(team, waiting, team.ana);
    const parts = driver(team, new ScriptedModel(say('Issue #1 is open.')));
    await advance(parts, team.workspace, runId);
    expect(parts.model.asked).toHaveLength(0);

    await execute(parts, team.workspace, waiting.actionId);
    expect((await wakeUps(team)).at(-1)).toBe(`run ${runId}`);
    await advance(parts, team.workspace, runId);

    expect(toolResults(parts)).toMatchObject([
      { isError: false, text: expect.stringContaining('"executed"') },
    ]);
    expect((await recordOf(team, runId)).run.outcome).toEqual({
      kind: 'answered',
      text: 'Issue #1 is open.',
    });
  });

  it('goes on with the reason once it was denied', async () => {
    const { team, runId } = await started(callTool(WRITE, ISSUE));
    await answer(team, await heldBy(team, runId), team.ben, { verdict: 'deny', reason: 'Wrong repository' });

    const parts = driver(team, new ScriptedModel(say('I will not.')));
    await advance(parts, team.workspace, runId);

    const [result] = toolResults(parts);
    expect(result?.isError).toBe(true);
    expect(JSON.parse(result?.text ?? '')).toMatchObject({
      status: 'denied',
      by: '@ben',
      reason: 'Wrong repository',
    });
    expect(team.target.sent).toEqual([]);
  });

  it('waits until every write of the step has ended', async () => {
    const two = callTool(WRITE, ISSUE);
    const second = callTool(WRITE, { ...ISSUE, title: 'Another' }).toolCalls;
    const { team, runId } = await started({ ...two, toolCalls: [...two.toolCalls, ...second] });
    const [first, last] = await allHeldBy(team, runId);
    if (!first || !last) throw new Error('Two writes are held');
    const parts = driver(team, new ScriptedModel(say('Neither.')));

    await answer(team, first, team.ana, { verdict: 'deny' });
    await advance(parts, team.workspace, runId);
    expect(parts.model.asked).toHaveLength(0);
    await answer(team, last, team.ana, { verdict: 'deny' });
    await advance(parts, team.workspace, runId);

    expect(toolResults(parts)).toHaveLength(2);
  });
});

describe('calls that cannot be carried out are told to the model', () => {
  it.each([
    ['of a tool there is not', callTool('rm_rf', {}), /unknown_tool/],
    ['with a missing argument', callTool(WRITE, { repo: 'acme/x' }), /invalid arguments.*title/],
    ['with an argument too many', callTool(WRITE, { ...ISSUE, force: true }), /invalid arguments/],
    ['whose arguments are no JSON', callTool(WRITE, '{"repo": "acme'), /invalid arguments/],
    ['with half of a surrogate pair', callTool(WRITE, { ...ISSUE, title: '\uD800' }), /surrogate/],
  ])('%s', async (_, reply, reason) => {
    const { team, parts, runId } = await started(reply, say('I see.'));

    expect(toolResults(parts)).toMatchObject([{ isError: true, text: expect.stringMatching(reason) }]);
    expect(await namesOf(team)).toContain('call.refused');
    expect(await allHeldBy(team, runId)).toEqual([]);
    expect((await recordOf(team, runId)).run.state).toBe('completed');
  });

  it('of a tool that is not on the allowlist', async () => {
    const tools = [
      { type: 'native' as const, name: 'demo', permissions: ['issues:read'], credentials: null },
    ];
    const team = await aTeam(bench, { tools, approvals: { requireFor: [] } });
    const runId = await aRun(team);
    const parts = driver(team, new ScriptedModel(callTool(WRITE, ISSUE), say('I may not.')));

    await advance(parts, team.workspace, runId);

    expect(toolResults(parts)).toMatchObject([{ isError: true, text: expect.stringContaining('allowlist') }]);
    expect(await allHeldBy(team, runId)).toEqual([]);
  });

  it('and three steps of nothing else stop the run', async () => {
    const bad = () => callTool('rm_rf', {});
    const { team, parts, runId } = await started(bad(), bad(), bad(), say('Never asked'));

    expect(parts.model.asked).toHaveLength(3);
    expect((await recordOf(team, runId)).run).toMatchObject({
      state: 'failed',
      outcome: { kind: 'stopped', code: 'malformed_calls' },
    });
    expect((await saidIn(team, runId)).at(-1)).toMatch(/could not form a valid tool call/);
  });

  it('once, when two calls share an id', async () => {
    const first = callTool(WRITE, ISSUE, { id: 'same' });
    const second = callTool(WRITE, { ...ISSUE, title: 'Another' }, { id: 'same' });
    const { team, runId } = await started({ ...first, toolCalls: [...first.toolCalls, ...second.toolCalls] });

    const waiting = await allHeldBy(team, runId);
    expect(waiting).toHaveLength(1);
    const { outcome: _, ...row } = await actionRow(team, waiting[0]!.actionId);
    expect(row).toMatchObject({ state: 'held', args: expect.stringContaining('Flaky') });
  });

  it('beyond the thirty-second of one step', async () => {
    const calls = Array.from({ length: 40 }, () => callTool(READ, ISSUE).toolCalls).flat();
    const { team, parts } = await started({ ...callTool(READ, ISSUE), toolCalls: calls }, say('Enough.'));

    expect(team.target.reads).toHaveLength(32);
    expect(toolResults(parts).filter(({ isError }) => isError)).toHaveLength(8);
  });

  it.each([
    ['keeps a stray error to itself', new Error('token ghp_secret expired'), 'The tool failed'],
    [
      'passes on words the tool chose',
      new AppError('not_found', 'x.y', 'There is no such issue'),
      'There is no such issue',
    ],
  ])('a read that fails %s', async (_, error, words) => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    team.target.willRead(error);
    const parts = driver(team, new ScriptedModel(callTool(READ, ISSUE), say('It failed.')));

    await advance(parts, team.workspace, runId);

    expect(toolResults(parts)).toMatchObject([{ isError: true, text: words }]);
    expect((await auditOf(team)).find(({ name }) => name === 'tool.read')?.facts).toMatchObject({
      ok: false,
    });
  });
});

describe('a reply that a database or a person cannot take as it is', () => {
  it('cut off by the token limit makes no calls, also where an adapter passes some on', async () => {
    const { team, runId } = await started(callTool(WRITE, ISSUE, { finish: 'length' }), say('Again.'));

    expect(await allHeldBy(team, runId)).toEqual([]);
  });

  it('cut off before it said anything is no answer', async () => {
    const { team, runId } = await started(say('', { finish: 'length' }), say('', { finish: 'length' }));

    expect((await recordOf(team, runId)).run).not.toMatchObject({
      state: 'completed',
      outcome: { text: '' },
    });
  });

  it('is written down also when a read found characters a database refuses', async () => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    team.target.willRead(
      { summary: 'One\u0000two', data: '\uD800' },
      new AppError('not_found', 'x.y', 'Not \u0000'),
    );
    const two = [callTool(READ, ISSUE), callTool(READ, ISSUE)];
    const parts = driver(team, new ScriptedModel(...two, say('It is open.')));

    await advance(parts, team.workspace, runId);

    expect((await recordOf(team, runId)).run.state).toBe('completed');
  });

  it.each([
    ['a NUL in its text', say('One\u0000two')],
    ['half of a surrogate pair in its text', say('One \uD800 two')],
    ['a NUL in an argument', callTool(WRITE, { ...ISSUE, title: 'One\u0000two' })],
    ['half of a surrogate pair in the name of a tool', callTool('rm_\uD800', {})],
  ])('with %s does not ask the model for ever', async (_, reply) => {
    const team = await aTeam(bench);
    const runId = await aRun(team);
    const parts = driver(team, new ScriptedModel(...Array.from({ length: WAKE_UPS }, () => reply)));

    for (let wakeUp = 0; wakeUp < WAKE_UPS; wakeUp += 1) {
      await advance(parts, team.workspace, runId).catch(() => undefined);
      await change(
        team,
        sql`update runs set lease_until = clock_timestamp() where id = ${runId} and state = 'running'`,
      );
    }

    expect((await recordOf(team, runId)).run.state).toMatch(/completed|failed|waiting/);
    expect(parts.model.asked.length).toBeLessThan(WAKE_UPS);
  });
});

async function started(...script: (ModelReply | ScriptedTurn)[]) {
  const team = await aTeam(bench);
  const runId = await aRun(team);
  const parts = driver(team, new ScriptedModel(...script));
  await advance(parts, team.workspace, runId);
  return { team, runId, parts };
}

async function recordOf({ db, workspace }: Team, runId: RunId) {
  const record = await new PostgresRunReader(db, workspace).find(runId);
  if (!record) throw new Error(`No run ${runId}`);
  return record;
}

async function saidIn(team: Team, runId: RunId): Promise<string[]> {
  const rows = await rowsOf<{ text: string }>(
    team,
    sql`select text from messages where session_id = (select session_id from runs where id = ${runId}) order by seq`,
  );
  return rows.map(({ text }) => text);
}

async function allHeldBy(team: Team, runId: RunId): Promise<Held[]> {
  const rows = await rowsOf<{ id: ApprovalId; action_id: Held['actionId']; digest: string }>(
    team,
    sql`select id, action_id, digest from approvals where run_id = ${runId} order by id`,
  );
  return rows.map(({ id, action_id, digest }) => ({ approvalId: id, actionId: action_id, digest }));
}

async function heldBy(team: Team, runId: RunId): Promise<Held> {
  return one(await allHeldBy(team, runId));
}

/** The results that the model was shown last. */
function toolResults({ model }: Driver): Extract<ChatMessage, { role: 'tool' }>[] {
  return (model.asked.at(-1)?.messages ?? []).filter((message) => message.role === 'tool');
}
