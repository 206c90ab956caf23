import { describe, expect, it } from '@jest/globals';
import type { ActionOutcome } from '@openloop/actions';
import type { ActionId } from '@openloop/kernel';

import type { Step, StepAction } from './run.js';
import { stopped, stoppedByBudget } from './stop-words.js';
import { chatMessages, cutOutput } from './transcript.js';

const CALL = {
  id: 'call_1',
  name: 'demo_issues_write',
  arguments: { title: 'x' },
  permission: 'demo.issues:write',
};

describe('what a model is shown of a run', () => {
  it('is the thread, then each step with a result for every call, in order', () => {
    const messages = chatMessages({
      messages: [
        { role: 'user', text: 'Hello' },
        { role: 'assistant', text: 'Hi' },
        { role: 'user', text: 'Look it up' },
      ],
      steps: [
        aStep({
          reply: { text: 'Looking.', finish: 'tool_calls', providerData: { signature: 's' } },
          calls: [
            { ...CALL, id: 'call_1', verdict: 'read' },
            { ...CALL, id: 'call_2', verdict: 'refused', reason: 'No' },
          ],
          results: [{ callId: 'call_1', text: 'Found', isError: false }],
        }),
      ],
      actions: new Map(),
    });

    expect(messages).toMatchObject([
      { role: 'user', text: 'Hello' },
      { role: 'assistant', text: 'Hi', toolCalls: [] },
      { role: 'user', text: 'Look it up' },
      {
        role: 'assistant',
        text: 'Looking.',
        toolCalls: [{ id: 'call_1' }, { id: 'call_2' }],
        providerData: { signature: 's' },
      },
      { role: 'tool', callId: 'call_1', text: 'Found', isError: false },
      { role: 'tool', callId: 'call_2', text: '{"status":"refused","reason":"No"}', isError: true },
    ]);
  });

  it.each<[ActionOutcome, object, boolean]>([
    [
      { kind: 'done', summary: 'Opened #7', data: { number: 7 }, externalId: '7', adopted: false },
      { status: 'executed', summary: 'Opened #7', data: { number: 7 } },
      false,
    ],
    [
      { kind: 'failed', reason: 'No such repository' },
      { status: 'failed', reason: 'No such repository' },
      true,
    ],
    [
      { kind: 'unknown', reason: '502' },
      { status: 'unknown', note: expect.stringContaining('Do not try it again') },
      true,
    ],
    [
      { kind: 'denied', reason: 'Wrong place', by: '@ana' },
      {
        status: 'denied',
        by: '@ana',
        reason: 'Wrong place',
        note: expect.stringContaining('Nothing was changed'),
      },
      true,
    ],
    [{ kind: 'expired', reason: 'Nobody', by: null }, { status: 'expired', reason: 'Nobody' }, true],
    [{ kind: 'stale', reason: 'Changed', by: null }, { status: 'stale', reason: 'Changed' }, true],
  ])('of a held write that ended as %j', (outcome, told, isError) => {
    const result = resultOf({ id: 'act_1', state: 'done', outcome });

    expect(result.isError).toBe(isError);
    expect(JSON.parse(result.text)).toMatchObject(told);
  });

  it('never says that a write was carried out before it was', () => {
    for (const action of [undefined, { id: 'act_1' as const, state: 'ready' as const, outcome: null }]) {
      expect(JSON.parse(resultOf(action).text)).toEqual({ status: 'held' });
    }
  });

  it('is an error where a read has no result', () => {
    const calls = [{ ...CALL, verdict: 'read' as const }];
    const messages = chatMessages({
      messages: [],
      steps: [aStep({ calls, results: [] })],
      actions: new Map(),
    });

    expect(messages.at(-1)).toMatchObject({ role: 'tool', isError: true });
  });
});

describe('a tool’s output', () => {
  it('is cut where it is too long, and says so', () => {
    expect(cutOutput('x'.repeat(32_768))).toHaveLength(32_768);
    expect(cutOutput('x'.repeat(40_000))).toMatch(/^x{32768}… \[truncated, 40000 characters\]$/);
  });

  it('is cut beside a character, not through it, because half of one cannot be stored', () => {
    expect(cutOutput(`${'x'.repeat(32_767)}🙂 and on`).isWellFormed()).toBe(true);
  });
});

describe('what a person is told when a run stops', () => {
  it.each([
    'model_price_unknown',
    'model_failed',
    'step_limit',
    'time_limit',
    'malformed_calls',
    'agent_paused',
    'internal',
  ] as const)('%s: what was not done, without the detail', (code) => {
    const outcome = stopped(code, 'secret detail');

    expect(outcome).toMatchObject({ kind: 'stopped', code, detail: 'secret detail' });
    expect('text' in outcome && outcome.text).toMatch(/^(⛔|⚠️) .*\.$/);
    expect('text' in outcome && outcome.text).not.toContain('secret');
  });

  it.each([
    [
      { scope: 'run:run_1', limitMicros: 500_000, spentMicros: 490_000 },
      2,
      /task reached its \$0.5000 limit. I stopped after 2 steps/,
    ],
    [
      { scope: 'agent:agt_1', limitMicros: 5_000_000, spentMicros: 4_990_000 },
      0,
      /\(\$4.99 of \$5.00\). I stopped before starting; nothing was changed/,
    ],
  ])('by a budget: which one, and how far it came', (room, steps, words) => {
    expect(stoppedByBudget(room, steps)).toMatchObject({
      code: 'budget_exceeded',
      text: expect.stringMatching(words),
    });
  });
});

function resultOf(action: StepAction | undefined): { text: string; isError: boolean } {
  const actionId: ActionId = 'act_1';
  const [, result] = chatMessages({
    messages: [],
    steps: [aStep({ calls: [{ ...CALL, verdict: 'held', actionId }] })],
    actions: new Map(action && [[actionId, action]]),
  });
  if (result?.role !== 'tool') throw new Error('A tool message follows the call');
  return result;
}

function aStep(about: Partial<Step>): Step {
  return {
    ordinal: 1,
    model: 'sim/demo',
    reply: { text: '', finish: 'tool_calls' },
    calls: [],
    results: [],
    usage: null,
    costMicros: null,
    latencyMs: 0,
    ...about,
  };
}
