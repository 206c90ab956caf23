import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';
import type { ApiError } from '@openloop/api-contract';

import { agentYaml } from './harness/agent-yaml.js';
import { ANSWER_USAGE, READ_USAGE, WRITE_USAGE } from './harness/brains.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';

let outside: Outside;
let loop: OpenLoop;

beforeAll(async () => {
  outside = await Outside.start();
  loop = await startOpenLoop(outside);
  await loop.operator.apply(
    agentYaml({ name: 'by-openai', model: 'openai/gpt-4o-mini' }),
    agentYaml({ name: 'by-anthropic', model: 'anthropic/claude-sonnet-4-6', approvers: ['@priya', '@omar'] }),
  );
  await outside.openIssue('An older issue');
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

const PROVIDERS = [
  { agent: 'by-openai', model: 'openai/gpt-4o-mini', costUsd: '0.000753' },
  { agent: 'by-anthropic', model: 'anthropic/claude-sonnet-4-6', costUsd: '0.01545' },
];

describe.each(PROVIDERS)('A held write asked for by $model', ({ agent, model, costUsd }) => {
  it('happens exactly once, after an entitled person approved what was shown', async () => {
    const { operator, priya, mallory } = loop;
    const { ledger } = outside.github;
    const before = ledger.posts(ISSUES).length;
    const title = `Flaky ingest test (${agent})`;

    const started = await operator.start(agent, title);
    const approval = await operator.held(started.id);

    expect(ledger.gets(`${ISSUES}/1`).length).toBeGreaterThan(0);
    expect(ledger.posts(ISSUES)).toHaveLength(before);
    expect(approval).toMatchObject({
      status: 'held',
      agent,
      permission: 'github.issues:write',
      target: 'acme/shop',
      initiator: '@operator',
      action: { state: 'held', outcome: null },
      card: { stated_reason: 'The team has to know.', inspectable: true },
    });
    expect(approval.card.args).toContainEqual({ label: 'Title', value: title });

    await expect(mallory.approve(approval)).rejects.toMatchObject({
      code: 'not_an_approver',
      problem: { status: 403, hint: expect.stringContaining('Ask @priya') },
    });
    expect(ledger.posts(ISSUES)).toHaveLength(before);

    const decided = await priya.approve(approval);
    expect(decided).toMatchObject({
      status: 'approved',
      decision: { by: '@priya', verdict: 'approved', via: 'api' },
    });

    const run = await operator.ended(started.id);
    expect(run).toMatchObject({ status: 'completed', steps: 3, cost: { usd: costUsd, simulated: false } });
    expect(run.answer).toContain('"status":"executed"');

    const posts = ledger.posts(ISSUES).slice(before);
    expect(posts).toHaveLength(1);
    expect(posts[0]).toMatchObject({ answered: 201, body: { title } });
    const [marker] = /<!-- openloop:effect:\S+ -->/.exec(JSON.stringify(posts[0]?.body)) ?? [];
    expect(ledger.createdWith(marker ?? 'no marker')).toHaveLength(1);
  });

  it('is told in the transcript, the steps, the usage and the audit alike', async () => {
    const { operator } = loop;
    const [run] = (await operator.call(routes['runs.list'], { query: { agent } })).data;
    if (!run) throw new Error('There is no run');
    expect(run).toMatchObject({ agent, status: 'completed', initiator: '@operator' });

    const { data: said } = await operator.call(routes['runs.messages'], { params: { id: run.id } });
    expect(said.map(({ role, author }) => [role, author])).toEqual([
      ['user', '@operator'],
      ['agent', agent],
    ]);
    expect(said[1]?.text).toBe(run.answer);

    const { steps } = await operator.call(routes['runs.steps'], { params: { id: run.id } });
    expect(steps.map(({ input_tokens, output_tokens }) => [input_tokens, output_tokens])).toEqual(
      [READ_USAGE, WRITE_USAGE, ANSWER_USAGE].map(({ input, output }) => [input, output]),
    );
    expect(
      steps.flatMap(({ calls }) => calls.map(({ outcome, permission }) => [permission, outcome])),
    ).toEqual([
      ['github.issues:read', 'read'],
      ['github.issues:write', 'action'],
    ]);
    expect(steps[1]?.calls[0]?.action).toMatchObject({
      state: 'done',
      outcome: { url: expect.stringContaining('/acme/shop/') },
    });

    const { lines } = await operator.call(routes['usage.report'], { query: { agent, group_by: ['model'] } });
    expect(lines).toEqual([
      {
        group: { model },
        simulated: false,
        runs: 1,
        input_tokens: 4_500,
        output_tokens: 130,
        cost_usd: costUsd,
        unpriced_calls: 0,
      },
    ]);

    const names = (await operator.audited(run.id)).map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith('model.') && name !== 'run.waiting')).toEqual([
      'run.started',
      'tool.read',
      'action.proposed',
      'approval.requested',
      'approval.refused',
      'approval.voted',
      'approval.decided',
      'action.started',
      'action.done',
      'run.completed',
    ]);
    expect(await operator.verify()).toMatchObject({ ok: true });
  });

  it('does not happen when denied, and the model is told why', async () => {
    const { operator, priya } = loop;
    const { ledger } = outside.github;
    const simulator = agent === 'by-openai' ? outside.openai : outside.anthropic;
    const before = ledger.posts(ISSUES).length;

    const { id } = await operator.start(agent, 'Something that is known already');
    const approval = await operator.held(id);
    const denied = await priya.deny(approval, 'A duplicate of #471');
    expect(denied).toMatchObject({
      status: 'denied',
      decision: { by: '@priya', verdict: 'denied', reason: 'A duplicate of #471' },
      action: { state: 'refused' },
    });

    expect((await operator.ended(id)).status).toBe('completed');
    const shown = simulator.ledger.requests.at(-1)?.messages.at(-1);
    expect(shown).toMatchObject({ role: 'tool' });
    expect(shown?.text).toContain('A duplicate of #471');
    expect(shown?.text).toContain('denied');
    expect(ledger.posts(ISSUES)).toHaveLength(before);
    await expect(priya.approve(approval)).rejects.toMatchObject({
      code: 'already_denied',
      problem: { status: 409 },
    });
    expect(ledger.posts(ISSUES)).toHaveLength(before);
  });
});

describe('An approval', () => {
  it('is bound to what was shown, to the first answer, and to somebody other than who asked', async () => {
    const { operator, priya } = loop;
    const posts = () => outside.github.ledger.posts(ISSUES).length;
    const before = posts();
    const omar = await operator.admit('@omar', [
      'approvals:decide',
      'approvals:read',
      'runs:read',
      'runs:write',
    ]);
    const { id } = await omar.start('by-anthropic', 'Asked by an approver');
    const approval = await omar.held(id);
    const path = `/v1/approvals/${approval.id}/approve`;

    expect(await priya.send('POST', path, {})).toMatchObject({
      status: 400,
      json: { code: 'invalid_request' },
    });
    await expect(priya.approve({ ...approval, digest: 'f'.repeat(64) })).rejects.toMatchObject({
      code: 'digest_mismatch',
      problem: { status: 409 },
    });
    await expect(omar.approve(approval)).rejects.toMatchObject({
      code: 'self_approval',
      problem: { status: 403 },
    });
    expect(await operator.approval(approval.id)).toMatchObject({ status: 'held', votes: [] });
    expect(posts()).toBe(before);

    const first = await priya.approve({ id: approval.short_id, digest: approval.digest.slice(0, 10) });
    const again = await priya.approve(approval);
    expect(again.decision).toEqual(first.decision);
    await expect(omar.deny(approval, 'Too late')).rejects.toMatchObject({
      code: 'already_approved',
      message: expect.stringContaining('@priya'),
      problem: { status: 409, decision: { by: '@priya', verdict: 'approved' } },
    } satisfies Partial<Record<keyof ApiError, unknown>>);

    expect((await omar.ended(id)).status).toBe('completed');
    expect(posts()).toBe(before + 1);
    const refusals = (await operator.audited(id)).filter(({ name }) => name === 'approval.refused');
    expect(refusals.map(({ facts }) => facts['code'])).toEqual([
      'digest_mismatch',
      'self_approval',
      'already_decided',
    ]);
  });
});
