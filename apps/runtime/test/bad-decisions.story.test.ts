import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type ApprovalView } from '@openloop/api-contract';

import { agentYaml } from './harness/agent-yaml.js';
import { writeBrain } from './harness/brains.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';
import type { Person } from './harness/person.js';
import { problemIn, verdictOf } from './harness/problems.js';

let outside: Outside;
let loop: OpenLoop;
let held: ApprovalView;

beforeAll(async () => {
  outside = await Outside.start();
  outside.brain = writeBrain;
  loop = await startOpenLoop(outside);
  await loop.operator.apply(agentYaml({ name: 'writer', model: 'openai/gpt-4o-mini' }));
  const { id } = await loop.operator.start('writer', 'Held for the whole file');
  held = await loop.operator.held(id);
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

describe('A decision that cannot be one', () => {
  const decide = (person: Person, verb: string, body: unknown) =>
    person.send('POST', `/v1/approvals/${held.id}/${verb}`, body);

  it('57: cannot be made in the name of somebody else', async () => {
    for (const field of ['approver', 'approved_by', 'decided_by', 'user', 'principal', 'by']) {
      const body = { digest: held.digest, [field]: '@priya' };
      const problem = problemIn(await decide(loop.mallory, 'approve', body));
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(problem.errors).toEqual([
        { pointer: `/${field}`, code: 'unknown_field', detail: expect.stringContaining('credentials') },
      ]);
    }
  });

  it('58: has no verdict but the two', async () => {
    expect(verdictOf(await decide(loop.priya, 'maybe', {}))).toBe('404 route_not_found');
  });

  it('60: comes too late', async () => {
    const { operator, priya } = loop;
    const late = await operator.held((await operator.start('writer', 'Too late')).id);
    const { pool } = loop.serving.system.database;
    await pool.query(`update approvals set decide_by = clock_timestamp() where id = $1`, [late.id]);
    expect(await operator.approval(late.id)).toMatchObject({ status: 'expired' });
    const answer = await priya.send('POST', `/v1/approvals/${late.id}/approve`, { digest: late.digest });
    expect(verdictOf(answer)).toMatch(/^410 (already_)?expired$/);
    const run = await operator.ended(late.run ?? '');
    expect(run).toMatchObject({
      status: 'completed',
      answer: expect.stringMatching(/expired.*Nothing was changed/s),
    });
  });

  it('61, 63: names what was seen', async () => {
    const missing = problemIn(await decide(loop.priya, 'approve', {}));
    expect(missing).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(missing.errors).toEqual([{ pointer: '/digest', code: 'required', detail: 'is required' }]);
    for (const digest of ['', held.digest.slice(0, 9), held.digest.toUpperCase(), 'latest', null, 0]) {
      expect(verdictOf(await decide(loop.priya, 'approve', { digest }))).toBe('400 invalid_request');
    }
    expect(verdictOf(await decide(loop.priya, 'approve', { digest: '0'.repeat(10) }))).toBe(
      '409 digest_mismatch',
    );
  });

  it('is not made by people who may not decide, whatever they send', async () => {
    expect(verdictOf(await decide(loop.mallory, 'deny', {}))).toBe('403 not_an_approver');
    expect(verdictOf(await decide(loop.operator, 'approve', { digest: held.digest }))).toBe(
      '403 not_an_approver',
    );
    expect(await loop.operator.approval(held.id)).toMatchObject({ status: 'held', votes: [] });
  });
});

describe('Agent files with mistakes', () => {
  const good = (name: string) => agentYaml({ name, model: 'openai/gpt-4o-mini' });
  const apply = (files: { file: string; text: string }[], more: object = {}) =>
    loop.operator.call(routes['agents.apply'], { body: { files, ...more } });

  it('are pointed at with line and column, and of several files none is applied', async () => {
    const bad = good('second')
      .replace('require_for', 'require_fo')
      .replace('monthly_usd: 50', 'monthly_usd: -5');
    const plan = await apply([
      { file: 'first.yaml', text: good('first') },
      { file: 'second.yaml', text: bad },
    ]);
    expect(plan.applied).toBe(false);
    const at = (needle: string) => bad.split('\n').findIndex((line) => line.includes(needle)) + 1;
    const errors = plan.problems.filter(({ severity }) => severity === 'error');
    expect(errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          code: 'unknown_key',
          file: 'second.yaml',
          line: at('require_fo'),
          column: 5,
          suggestion: 'require_for',
        }),
        expect.objectContaining({ file: 'second.yaml', line: at('monthly_usd'), column: 18 }),
      ]),
    );
    const { data } = await loop.operator.call(routes['agents.list'], {});
    expect(data.map(({ name }) => name)).toEqual(['writer']);
  });

  it('may not hold a secret, and the answer does not repeat it', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const text = good('leaky').replace('spec:\n', `spec:\n  description: use ${secret}\n`);
    const answer = await loop.operator.send('POST', '/v1/agents/apply', {
      files: [{ file: 'leaky.yaml', text }],
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ applied: false });
    expect(answer.text).toContain('secret_in_config');
    expect(answer.text).not.toContain(secret);
  });

  it('117: applied twice are unchanged the second time', async () => {
    const files = [{ file: 'twice.yaml', text: good('twice') }];
    expect(await apply(files)).toMatchObject({
      applied: true,
      agents: [{ change: 'create', revision_after: 1 }],
    });
    expect(await apply(files)).toMatchObject({
      agents: [{ change: 'unchanged', revision_before: 1, revision_after: 1 }],
    });
    const { data } = await loop.operator.call(routes['agents.revisions'], { params: { name: 'twice' } });
    expect(data).toHaveLength(1);
  });

  it('are not applied over a change that the plan had not seen', async () => {
    const [one, two] = [good('planned'), good('planned').replace('monthly_usd: 50', 'monthly_usd: 60')];
    await apply([{ file: 'p.yaml', text: one }], { expect: { planned: 0 } });
    const body = { files: [{ file: 'p.yaml', text: two }], expect: { planned: 0 } };
    const answer = await loop.operator.send('POST', '/v1/agents/apply', body);
    expect(problemIn(answer).status).toBe(409);
    expect(await loop.operator.call(routes['agents.get'], { params: { name: 'planned' } })).toMatchObject({
      revision: 1,
    });
    expect(await apply([{ file: 'p.yaml', text: two }], { expect: { planned: 1 } })).toMatchObject({
      applied: true,
    });
  });
});

describe('All of this together', () => {
  it('never reached GitHub', () => {
    expect(outside.github.ledger.requests).toEqual([]);
    expect(outside.github.ledger.posts(ISSUES)).toEqual([]);
  });
});
