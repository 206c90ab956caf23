import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';

import { agentYaml } from './harness/agent-yaml.js';
import { BAD_BODIES, BAD_HEADERS, BAD_QUERIES } from './harness/bad-calls.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { Outside } from './harness/outside.js';
import { Person, send } from './harness/person.js';
import { problemIn, verdictOf } from './harness/problems.js';

let outside: Outside;
let loop: OpenLoop;

beforeAll(async () => {
  outside = await Outside.start();
  loop = await startOpenLoop(outside);
  await loop.operator.apply(agentYaml({ name: 'writer', model: 'openai/gpt-4o-mini' }));
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

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
      expect(verdictOf(await send(`${loop.url}${path}`, 'GET'))).toBe('401 missing_credentials');
    }
    const basic = { authorization: 'Basic b2xrXzE6' };
    expect(verdictOf(await send(`${loop.url}/v1/agents`, 'GET', undefined, basic))).toBe(
      '401 missing_credentials',
    );
  });

  it('42: must be one that exists', async () => {
    for (const key of [`olk_${'a'.repeat(32)}`, `${loop.operator.key}x`, 'sk-something-else', "' or 1=1"]) {
      const headers = { authorization: `Bearer ${encodeURIComponent(key)}` };
      expect(verdictOf(await send(`${loop.url}/v1/agents`, 'GET', undefined, headers))).toBe(
        '401 invalid_credentials',
      );
    }
  });

  it('43: is worth nothing once it was revoked', async () => {
    const body = { name: 'short-lived', for: '@temp', scopes: ['agents:read' as const] };
    const { id, key } = await loop.operator.call(routes['keys.create'], { body });
    const temp = new Person(loop.url, key);
    expect((await temp.send('GET', '/v1/agents')).status).toBe(200);
    await loop.operator.call(routes['keys.revoke'], { params: { id } });
    expect(verdictOf(await temp.send('GET', '/v1/agents'))).toBe('401 key_revoked');
  });

  it('43: is worth nothing once its time is over', async () => {
    const body = { name: 'for a day', for: '@temp', scopes: ['agents:read' as const], expires_in_days: 1 };
    const { id, key } = await loop.operator.call(routes['keys.create'], { body });
    const { pool } = loop.serving.system.database;
    await pool.query(
      `update api_keys set expires_at = clock_timestamp() - interval '1 second' where id = $1`,
      [id],
    );
    expect(verdictOf(await new Person(loop.url, key).send('GET', '/v1/agents'))).toBe('401 key_expired');
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
      const problem = problemIn(await mallory.send(method, path, body));
      expect(problem).toMatchObject({ status: 403, code: 'scope_required' });
      expect(problem.hint).toContain('openloop keys create NAME --for @HANDLE --scope ');
    }
  });
});

const RUN = { agent: 'writer', input: 'Anything' };

describe('A call that does not fit', () => {
  it.each(BAD_QUERIES)('with %s is told what is wrong', async (_, path, verdict, says) => {
    const answer = await loop.operator.send('GET', path);
    expect(verdictOf(answer)).toBe(verdict);
    expect(answer.text).toMatch(says);
  });

  it.each(BAD_BODIES)('with %s is refused, and no run is made', async (_, body, verdict, says) => {
    const before = (await loop.operator.call(routes['runs.list'], {})).data.length;
    const answer = await loop.operator.send('POST', '/v1/runs', body);
    expect(verdictOf(answer)).toBe(verdict);
    expect(answer.text).toMatch(says);
    expect((await loop.operator.call(routes['runs.list'], {})).data).toHaveLength(before);
  });

  it.each(BAD_HEADERS)('with %s is refused', async (_, headers, verdict) => {
    expect(verdictOf(await loop.operator.send('POST', '/v1/runs', JSON.stringify(RUN), headers))).toBe(
      verdict,
    );
  });

  it.each([
    ['PUT', '/v1/agents/writer'],
    ['DELETE', '/v1/approvals'],
    ['GET', '/v1/agents/apply/now'],
  ])('70: with a method that is not served (%s %s) names those that are', async (method, path) => {
    const answer = await loop.operator.send(method, path, method === 'GET' ? undefined : {});
    const known = path === '/v1/agents/apply/now' ? '404 route_not_found' : '405 method_not_allowed';
    expect(verdictOf(answer)).toBe(known);
    expect(answer.headers.get('allow')).toBe(known.startsWith('404') ? null : 'GET');
  });

  it.each([
    ['no scope', { name: 'x', for: '@x', scopes: ['root'] }],
    ['no handle', { name: 'x', for: 'priya', scopes: ['admin'] }],
  ])('for a key of %s is refused', async (_, body) => {
    expect(verdictOf(await loop.operator.send('POST', '/v1/keys', body))).toBe('400 invalid_request');
  });
});
