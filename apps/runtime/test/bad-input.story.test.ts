import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type ApprovalView } from '@openloop/api-contract';

import { agentYaml } from './harness/agent-yaml.js';
import { writeBrain } from './harness/brains.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';
import { Person, send } from './harness/person.js';
import { expectProblem } from './harness/problems.js';

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
  expect(outside.github.ledger.posts(ISSUES)).toHaveLength(0);
  await loop.close();
  await outside.close();
});

const MIB = 1024 * 1024;
const DEEP = 1_000;

describe('A key', () => {
  it('41: is needed', async () => {
    for (const path of [
      '/v1/agents',
      '/v1/runs',
      '/v1/approvals',
      '/v1/keys',
      '/v1/events',
      '/openapi.json',
    ]) {
      expectProblem(await send(`${loop.url}${path}`, 'GET'), 401, 'missing_credentials');
    }
    const basic = { authorization: 'Basic b2xrXzE6' };
    expectProblem(await send(`${loop.url}/v1/agents`, 'GET', undefined, basic), 401, 'missing_credentials');
  });

  it('42: must be one that exists', async () => {
    for (const key of [`olk_${'a'.repeat(32)}`, `${loop.operator.key}x`, 'sk-something-else', "' or 1=1"]) {
      const headers = { authorization: `Bearer ${encodeURIComponent(key)}` };
      expectProblem(
        await send(`${loop.url}/v1/agents`, 'GET', undefined, headers),
        401,
        'invalid_credentials',
      );
    }
  });

  it('43: is worth nothing once it was revoked', async () => {
    const body = { name: 'short-lived', for: '@temp', scopes: ['agents:read' as const] };
    const { id, key } = await loop.operator.call(routes['keys.create'], { body });
    const temp = new Person(loop.url, key);
    expect((await temp.send('GET', '/v1/agents')).status).toBe(200);
    await loop.operator.call(routes['keys.revoke'], { params: { id } });
    expectProblem(await temp.send('GET', '/v1/agents'), 401, 'key_revoked');
  });

  it('43: is worth nothing once its time is over', async () => {
    const body = { name: 'for a day', for: '@temp', scopes: ['agents:read' as const], expires_in_days: 1 };
    const { id, key } = await loop.operator.call(routes['keys.create'], { body });
    const { pool } = loop.serving.system.database;
    await pool.query(
      `update api_keys set expires_at = clock_timestamp() - interval '1 second' where id = $1`,
      [id],
    );
    expectProblem(await new Person(loop.url, key).send('GET', '/v1/agents'), 401, 'key_expired');
  });

  it('44: opens only what its scopes name', async () => {
    const { mallory } = loop;
    const refused = [
      ['POST', '/v1/agents/apply', { files: [{ file: 'a', text: '' }] }],
      ['POST', '/v1/runs', { agent: 'writer', input: 'x' }],
      ['POST', '/v1/keys', { name: 'more', for: '@mallory', scopes: ['admin'] }],
      ['GET', '/v1/audit', undefined],
      ['GET', '/v1/events', undefined],
      ['POST', '/tools/invoke', { action: 'github.issues:read', args: {} }],
    ] as const;
    for (const [method, path, body] of refused) {
      const problem = expectProblem(await mallory.send(method, path, body), 403, 'scope_required');
      expect(problem.hint).toContain('openloop keys create --scope');
    }
  });
});

interface BadCall {
  name: string;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: string;
  says?: RegExp;
}

const RUN = { agent: 'writer', input: 'Anything' };

const CALLS: BadCall[] = [
  {
    name: '45: an id of nobody',
    path: '/v1/approvals/apr_01ARZ3NDEKTSV4RRFFQ69G5FAV',
    status: 404,
    code: 'approvals.not_found',
  },
  { name: '45: text that is no id', path: '/v1/runs/0', status: 404, code: 'runs.not_found' },
  {
    name: '45: an id of another kind',
    path: '/v1/runs/apr_01ARZ3NDEKTSV4RRFFQ69G5FAV',
    status: 404,
    code: 'runs.not_found',
  },
  {
    name: '45: an agent of nobody',
    path: '/v1/agents/nobody',
    status: 404,
    code: 'agents.not_found',
    says: /There are: writer/,
  },
  {
    name: '46: a syntax error',
    method: 'POST',
    path: '/v1/runs',
    body: '{"agent": "writer",\n "input": }',
    status: 400,
    code: 'json_invalid',
    says: /line 2, column 11/,
  },
  {
    name: '46: a body that stops',
    method: 'POST',
    path: '/v1/runs',
    body: '{"agent": "wri',
    status: 400,
    code: 'json_invalid',
    says: /line 1, column/,
  },
  {
    name: '46: an empty body',
    method: 'POST',
    path: '/v1/runs',
    body: '',
    status: 400,
    code: 'invalid_request',
    says: /required/,
  },
  {
    name: '46: a list for an object',
    method: 'POST',
    path: '/v1/runs',
    body: [RUN],
    status: 400,
    code: 'invalid_request',
    says: /an object/,
  },
  {
    name: '46: bytes that are no text',
    method: 'POST',
    path: '/v1/runs',
    body: new Uint8Array([0x7b, 0xff, 0x7d]),
    status: 400,
    code: 'not_utf8',
  },
  {
    name: '48: a lone surrogate',
    method: 'POST',
    path: '/v1/runs',
    body: '{"agent":"writer","input":"\\ud800"}',
    status: 400,
    code: 'invalid_request',
  },
  {
    name: '48: a NUL',
    method: 'POST',
    path: '/v1/runs',
    body: '{"agent":"writer","input":"a\\u0000b"}',
    status: 400,
    code: 'invalid_request',
  },
  {
    name: '49: XML',
    method: 'POST',
    path: '/v1/runs',
    body: '<run/>',
    headers: { 'content-type': 'application/xml' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: '49: no type',
    method: 'POST',
    path: '/v1/runs',
    body: '{}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: '50: two mebibytes',
    method: 'POST',
    path: '/v1/runs',
    body: { ...RUN, input: 'x'.repeat(2 * MIB) },
    status: 413,
    code: 'body_too_large',
  },
  {
    name: '51: a packed body',
    method: 'POST',
    path: '/v1/runs',
    body: '{}',
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: '53: a thousand lists',
    method: 'POST',
    path: '/v1/runs',
    body: `{"agent":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    status: 400,
    code: 'json_too_deep',
  },
  ...['-1', '0', 'abc', '1e9', '201', '9007199254740993', '', '1.5'].map((limit) => ({
    name: `54: a limit of "${limit}"`,
    path: `/v1/runs?limit=${limit}`,
    status: 400,
    code: 'invalid_request',
    says: /from 1 to 200/,
  })),
  {
    name: '54: a compatible limit beyond the cap',
    path: '/audit?limit=501',
    status: 400,
    code: 'invalid_request',
    says: /from 1 to 500/,
  },
  {
    name: '54: an offset beyond every number',
    path: '/v1/audit?after=99999999999999999999',
    status: 400,
    code: 'invalid_request',
  },
  ...[
    'x',
    'MQ',
    Buffer.from("1:run_1' or 1=1").toString('base64url'),
    Buffer.from('2:run_01').toString('base64url'),
  ].map((cursor) => ({
    name: `55: the cursor ${cursor}`,
    path: `/v1/runs?cursor=${cursor}`,
    status: 400,
    code: 'cursor_invalid',
  })),
  {
    name: '56: from after to',
    path: '/v1/usage?since=2026-02-01&until=2026-01-01',
    status: 400,
    code: 'invalid_request',
    says: /after since/,
  },
  {
    name: '56: a hundred years',
    path: '/v1/usage?since=1926-01-01&until=2026-01-01',
    status: 400,
    code: 'invalid_request',
    says: /ten years/,
  },
  {
    name: '56: no time zone',
    path: '/v1/usage?since=2026-01-01T00:00:00',
    status: 400,
    code: 'invalid_request',
    says: /zone/,
  },
  { name: '56: no such day', path: '/v1/audit?since=2026-02-31', status: 400, code: 'invalid_request' },
  {
    name: 'an unknown parameter',
    path: '/v1/runs?limt=5',
    status: 400,
    code: 'invalid_request',
    says: /limt/,
  },
  {
    name: 'an unknown field',
    method: 'POST',
    path: '/v1/runs',
    body: { ...RUN, agnet: 'x' },
    status: 400,
    code: 'invalid_request',
    says: /agnet/,
  },
  {
    name: 'an unknown status',
    path: '/v1/runs?status=done',
    status: 400,
    code: 'invalid_request',
    says: /one of/,
  },
  {
    name: 'an empty task',
    method: 'POST',
    path: '/v1/runs',
    body: { ...RUN, input: '  \n ' },
    status: 400,
    code: 'invalid_request',
    says: /must not be empty/,
  },
  {
    name: 'a task of 40,001 characters',
    method: 'POST',
    path: '/v1/runs',
    body: { ...RUN, input: 'x'.repeat(40_001) },
    status: 400,
    code: 'invalid_request',
    says: /at most 40000/,
  },
  {
    name: 'a task for nobody',
    method: 'POST',
    path: '/v1/runs',
    body: { ...RUN, agent: 'nobody' },
    status: 404,
    code: 'agents.not_found',
  },
  {
    name: 'a key for no scope',
    method: 'POST',
    path: '/v1/keys',
    body: { name: 'x', for: '@x', scopes: ['root'] },
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'a key for no handle',
    method: 'POST',
    path: '/v1/keys',
    body: { name: 'x', for: 'priya', scopes: ['admin'] },
    status: 400,
    code: 'invalid_request',
    says: /@name/,
  },
  {
    name: '64: a long Idempotency-Key',
    method: 'POST',
    path: '/v1/runs',
    body: RUN,
    headers: { 'idempotency-key': 'k'.repeat(300) },
    status: 400,
    code: 'idempotency_key_invalid',
  },
  { name: '71: a way up', path: '/v1/agents/..%2f..%2fetc%2fpasswd', status: 404, code: 'agents.not_found' },
  {
    name: '71: a way up, encoded twice',
    path: '/v1/agents/%252e%252e%252fpasswd',
    status: 404,
    code: 'agents.not_found',
  },
  { name: '71: a NUL in the path', path: '/v1/agents/%00', status: 404, code: 'route_not_found' },
  { name: '71: a broken escape', path: '/v1/agents/%zz', status: 400, code: 'http_rejected' },
  { name: 'an address of nothing', path: '/v2/agents', status: 404, code: 'route_not_found' },
  {
    name: '70: a method that is not served',
    method: 'PUT',
    path: '/v1/agents/writer',
    body: {},
    status: 405,
    code: 'method_not_allowed',
  },
  {
    name: '70: deleting what cannot be deleted',
    method: 'DELETE',
    path: '/v1/approvals',
    status: 405,
    code: 'method_not_allowed',
  },
];

describe('A call that does not fit', () => {
  it.each(CALLS)(
    '$name is $status $code',
    async ({ method = 'GET', path, body, headers, status, code, says }) => {
      const answer = await loop.operator.send(method, path, body, headers);
      const problem = expectProblem(answer, status, code);
      if (says) expect(`${problem.detail} ${problem.hint ?? ''}`).toMatch(says);
      if (status === 405) expect(answer.headers.get('allow')).toBeTruthy();
    },
  );
});

describe('A decision that cannot be one', () => {
  const decide = (person: Person, verb: string, body: unknown) =>
    person.send('POST', `/v1/approvals/${held.id}/${verb}`, body);

  it('57: cannot be made in the name of somebody else', async () => {
    for (const field of ['approver', 'approved_by', 'decided_by', 'user', 'principal', 'by']) {
      const body = { digest: held.digest, [field]: '@priya' };
      const problem = expectProblem(await decide(loop.mallory, 'approve', body), 400, 'invalid_request');
      expect(problem.errors).toEqual([
        { pointer: `/${field}`, code: 'unknown_field', detail: expect.stringContaining('credentials') },
      ]);
    }
  });

  it('58: has no verdict but the two', async () => {
    expectProblem(await decide(loop.priya, 'maybe', {}), 404, 'route_not_found');
  });

  it('60: comes too late', async () => {
    const { operator, priya } = loop;
    const late = await operator.held((await operator.start('writer', 'Too late')).id);
    const { pool } = loop.serving.system.database;
    await pool.query(`update approvals set decide_by = clock_timestamp() where id = $1`, [late.id]);
    expect(await operator.approval(late.id)).toMatchObject({ status: 'expired' });
    const answer = await priya.send('POST', `/v1/approvals/${late.id}/approve`, { digest: late.digest });
    expect(answer.status).toBe(410);
    expect(expectProblem(answer, 410, String(answer.json?.['code'])).code).toMatch(/^(already_)?expired$/);
    const run = await operator.ended(late.run ?? '');
    expect(run).toMatchObject({
      status: 'completed',
      answer: expect.stringMatching(/expired.*Nothing was changed/s),
    });
  });

  it('61, 63: names what was seen', async () => {
    const missing = expectProblem(await decide(loop.priya, 'approve', {}), 400, 'invalid_request');
    expect(missing.errors).toEqual([{ pointer: '/digest', code: 'required', detail: 'is required' }]);
    for (const digest of ['', held.digest.slice(0, 9), held.digest.toUpperCase(), 'latest', null, 0]) {
      expectProblem(await decide(loop.priya, 'approve', { digest }), 400, 'invalid_request');
    }
    expectProblem(await decide(loop.priya, 'approve', { digest: '0'.repeat(10) }), 409, 'digest_mismatch');
  });

  it('is not made by people who may not decide, whatever they send', async () => {
    expectProblem(await decide(loop.mallory, 'deny', {}), 403, 'not_an_approver');
    expectProblem(await decide(loop.operator, 'approve', { digest: held.digest }), 403, 'not_an_approver');
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
    expect(answer.status).toBe(409);
    expectProblem(answer, 409, String(answer.json?.['code']));
    expect(await loop.operator.call(routes['agents.get'], { params: { name: 'planned' } })).toMatchObject({
      revision: 1,
    });
    expect(await apply([{ file: 'p.yaml', text: two }], { expect: { planned: 1 } })).toMatchObject({
      applied: true,
    });
  });
});
