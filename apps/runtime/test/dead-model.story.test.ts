import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';
import type { Brain } from '@openloop/simulators';

import { agentYaml } from './harness/agent-yaml.js';
import { plainBrain, WRITE_USAGE } from './harness/brains.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';
import { expectNoSecrets } from './harness/problems.js';

let outside: Outside;
let loop: OpenLoop;

/** `openai` is not there at all; `anthropic` is, and says what a story wants it to say. */
beforeAll(async () => {
  outside = await Outside.start();
  loop = await startOpenLoop(outside, { env: { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' } });
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

interface Dead {
  name: string;
  model: string;
  brain: Brain;
  detail: RegExp;
  /** What a person is told it was. */
  words: RegExp;
  asked: number;
  /** Whether a try may have been charged for, as far as anybody can know. */
  charged: boolean;
}

const REFUSED = { status: 401, message: 'invalid x-api-key' };
const OVERLOADED = { status: 529, message: 'Overloaded' };
const LIMITED = { status: 429, message: 'Slow down', retryAfter: 0 };

const BUSY =
  /^⚠️ The model’s provider takes no more requests from us now.* Nothing more will run\. Try again later/;

const DEAD: Dead[] = [
  {
    name: 'refuses the connection',
    model: 'openai/gpt-4o-mini',
    brain: plainBrain,
    detail: /No connection to openai \(ECONNREFUSED\)/,
    words: /^⚠️ The model could not be reached and I stopped\. Nothing more will run\. Try again/,
    asked: 0,
    charged: false,
  },
  {
    name: 'does not know our key',
    model: 'anthropic/claude-sonnet-4-6',
    brain: () => REFUSED,
    detail: /anthropic answered 401 \(authentication_error\)/,
    words: /^⛔ The model’s provider refused our key and I stopped\. Nothing more will run\. /,
    asked: 1,
    charged: false,
  },
  {
    name: 'is overloaded three times',
    model: 'anthropic/claude-sonnet-4-6',
    brain: () => OVERLOADED,
    detail: /anthropic answered 529/,
    words: BUSY,
    asked: 3,
    charged: true,
  },
  {
    name: 'limits our rate three times',
    model: 'anthropic/claude-sonnet-4-6',
    brain: () => LIMITED,
    detail: /anthropic answered 429/,
    words: BUSY,
    asked: 3,
    charged: false,
  },
];

describe('A model that', () => {
  it.each(DEAD)(
    '$name fails the run in words, and the money is booked as it may have been spent',
    async (dead) => {
      const { operator } = loop;
      const agent = `dead-${DEAD.indexOf(dead)}`;
      await operator.apply(agentYaml({ name: agent, model: dead.model }));
      outside.brain = dead.brain;
      const asked = outside.anthropic.ledger.requests.length;

      const run = await operator.ended((await operator.start(agent, 'Anything')).id);

      expect(run).toMatchObject({ status: 'failed', answer: null, failure: { code: 'model_failed' } });
      expect(run.failure?.message).toMatch(dead.words);
      expect(outside.anthropic.ledger.requests).toHaveLength(asked + dead.asked);
      const { data: said } = await operator.call(routes['runs.messages'], { params: { id: run.id } });
      expect(said.at(-1)).toMatchObject({ role: 'agent', text: run.failure?.message });

      const failed = (await operator.audited(run.id)).find(({ name }) => name === 'run.failed');
      expect(failed?.facts).toMatchObject({
        reason: 'model_failed',
        detail: expect.stringMatching(dead.detail),
      });
      expectNoSecrets(JSON.stringify(failed));

      const { pool } = loop.serving.system.database;
      const { rows } = await pool.query<{ state: string; count: number }>(
        `select state, count(*)::int as count from budget_holds where id like $1 group by state`,
        [`${run.id}:%`],
      );
      expect(rows).toEqual([
        {
          state: dead.charged ? 'charged' : 'released',
          count: Math.max(dead.asked, 3 * Number(dead.asked === 0)),
        },
      ]);
      const { rows: spent } = await pool.query<{ spent: number; reserved: number }>(
        `select spent_u::int as spent, reserved_u::int as reserved from budget_counters where scope = $1`,
        [`run:${run.id}`],
      );
      expect(spent[0]?.reserved).toBe(0);
      if (dead.charged) expect(spent[0]?.spent).toBeGreaterThan(0);
      else expect(spent[0]?.spent).toBe(0);
      expect(outside.github.ledger.posts(ISSUES)).toHaveLength(0);
    },
  );

  it('nobody connected is a warning when its agent is applied, and a run says so in words', async () => {
    const { operator } = loop;
    const text = agentYaml({ name: 'unconnected', model: 'ollama/llama3', approvers: ['@ghost'] }).replace(
      'terminal',
      'slack',
    );
    const plan = await operator.call(routes['agents.apply'], {
      body: { files: [{ file: 'unconnected.yaml', text }] },
    });

    expect(plan.applied).toBe(true);
    expect(plan.problems).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'approver_unresolved', line: 17 }),
      expect.objectContaining({ severity: 'warning', code: 'model_not_connected', line: 10 }),
      expect.objectContaining({ severity: 'warning', code: 'surface_not_connected', line: 8 }),
    ]);
    const { warnings } = await operator.call(routes['agents.get'], { params: { name: 'unconnected' } });
    expect(warnings).toHaveLength(3);

    const run = await operator.ended((await operator.start('unconnected', 'Anything')).id);
    expect(run.failure).toMatchObject({
      code: 'model_failed',
      message: expect.stringMatching(
        /^⛔ The provider of this agent’s model is not connected.*agents describe NAME/,
      ),
    });
  });

  it('was overloaded once is asked again, and only the answer is a step', async () => {
    const { operator } = loop;
    await operator.apply(agentYaml({ name: 'again', model: 'anthropic/claude-sonnet-4-6' }));
    let calls = 0;
    outside.brain = (request) => ((calls += 1) === 1 ? OVERLOADED : plainBrain(request));
    const run = await operator.ended((await operator.start('again', 'Hello')).id);
    expect(run).toMatchObject({ status: 'completed', steps: 1, answer: 'You said: Hello' });
    expect(calls).toBe(2);
  });

  it('costs more than is left is not asked', async () => {
    const { operator } = loop;
    await operator.apply(
      agentYaml({ name: 'poor', model: 'anthropic/claude-sonnet-4-6', monthlyUsd: 0.000001 }).replace(
        'per_task_usd: 1',
        'per_task_usd: 0.000001',
      ),
    );
    outside.brain = plainBrain;
    const asked = outside.anthropic.ledger.requests.length;
    const run = await operator.ended((await operator.start('poor', 'Anything')).id);
    expect(run).toMatchObject({ status: 'failed', failure: { code: 'budget_exceeded' } });
    expect(run.failure?.message).toMatch(/^⛔ .* I stopped before starting; nothing was changed\./);
    expect(outside.anthropic.ledger.requests).toHaveLength(asked);
  });
});

describe('What a budget says is spent', () => {
  it('is what it counts with, also where a provider may have charged for a call that failed', async () => {
    const { operator } = loop;
    await operator.apply(agentYaml({ name: 'honest', model: 'anthropic/claude-sonnet-4-6' }));
    outside.brain = () => ({ usage: WRITE_USAGE, text: 'cut', resetAfterChunks: 0 });
    const run = await operator.ended((await operator.start('honest', 'Anything')).id);
    expect(run.status).toBe('failed');
    expect(outside.anthropic.ledger.billed('claude-sonnet-4-6').input).toBeGreaterThan(0);

    const { rows } = await loop.serving.system.database.pool.query<{ spent: number }>(
      `select spent_u::int as spent from budget_counters where scope = $1`,
      [`run:${run.id}`],
    );
    const { budgets } = await operator.call(routes['usage.report'], { query: { agent: 'honest' } });
    expect(Number(budgets[0]?.spent_usd) * 1_000_000).toBeCloseTo(rows[0]?.spent ?? -1, 0);
  });
});
