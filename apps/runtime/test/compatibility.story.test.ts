import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { githubFaults } from '@openloop/simulators';

import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { ISSUES, Outside } from './harness/outside.js';
import { send } from './harness/person.js';
import { freshPlace, type Place } from './harness/place.js';

const SEED = fileURLToPath(new URL('../../../agents/dev-platform.yaml', import.meta.url));

let outside: Outside;
let place: Place;
let loop: OpenLoop;

/** The seed file as it is, in the folder that the runtime applies at its start. */
beforeAll(async () => {
  outside = await Outside.start();
  place = await freshPlace();
  await cp(SEED, join(place.folder, 'agents', 'dev-platform.yaml'));
  loop = await startOpenLoop(outside, { place });
  for (const title of ['One', 'Two', 'Three']) await outside.openIssue(title);
});

afterAll(async () => {
  await loop.close();
  await place.remove();
  await outside.close();
});

const WRITE = {
  action: 'github.issues:write',
  args: { repo: 'acme/shop', title: 'Track decision' },
  requested_by: 'U1',
};

function posts(): number {
  return outside.github.ledger.posts(ISSUES).length;
}

async function holdOne(): Promise<string> {
  const { json } = await loop.operator.send('POST', '/tools/invoke', WRITE);
  expect(json).toMatchObject({ status: 'pending_approval' });
  return String(json?.['approval_id']);
}

describe('A client of an earlier OpenLoop, on the unchanged seed file', () => {
  it('1: reads what is loaded, without a key', async () => {
    const { status, json } = await send(`${loop.url}/healthz`, 'GET');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'ok',
      agents: ['dev-platform'],
      tools: ['github.issues:read', 'github.issues:write', 'github.pulls:read'],
    });
    expect(json?.['providers']).toEqual(expect.arrayContaining(['openai', 'anthropic']));
  });

  it('2: is refused what is not in the allowlist', async () => {
    const answer = await loop.operator.send('POST', '/tools/invoke', {
      action: 'github.repos:delete',
      args: {},
    });
    expect(answer).toMatchObject({
      status: 200,
      json: { status: 'forbidden', message: "github.repos:delete is not in dev-platform's tool allowlist" },
    });
  });

  it('3: reads at once', async () => {
    const body = { action: 'github.issues:read', args: { repo: 'acme/shop', number: 3 } };
    const answer = await loop.operator.send('POST', '/tools/invoke', body);
    expect(answer).toMatchObject({
      status: 200,
      json: {
        status: 'executed',
        result: { ok: true, summary: 'read issue #3 in acme/shop' },
        approval_id: null,
      },
    });
  });

  it('4: has its write held, and GitHub hears nothing', async () => {
    const before = outside.github.ledger.requests.length;
    const id = await holdOne();
    expect(outside.github.ledger.requests).toHaveLength(before);
    const { json } = await loop.operator.send('GET', '/approvals');
    expect(json).toContainEqual({
      id,
      action: 'github.issues:write',
      summary: expect.stringContaining('Track decision'),
      approvers: ['@priya', '@maintainers'],
      requested_by: '@operator',
    });
  });

  it('5–7: only an approver decides, and twenty answers at once make one issue', async () => {
    const { mallory, priya } = loop;
    const before = posts();
    const id = await holdOne();
    const path = `/approvals/${id}/resolve`;
    expect(await mallory.send('POST', path, { approver: '@mallory', approve: true })).toMatchObject({
      status: 403,
      json: { code: 'not_an_approver' },
    });
    expect(await mallory.send('POST', path, { approver: '@priya', approve: true })).toMatchObject({
      status: 403,
      json: { code: 'approver_mismatch' },
    });
    expect(posts()).toBe(before);

    const first = await priya.send('POST', path, { approver: '@priya', approve: true });
    expect(first).toMatchObject({
      status: 200,
      json: { status: 'executed', result: { ok: true }, decided_by: '@priya', approval_id: id },
    });
    expect(posts()).toBe(before + 1);

    const again = await Promise.all(
      Array.from({ length: 20 }, () => priya.send('POST', path, { approve: true })),
    );
    expect(again.map(({ status, json }) => [status, json?.['status']])).toEqual(
      again.map(() => [200, 'executed']),
    );
    expect(posts()).toBe(before + 1);
  });

  it('8: a denied write never reaches GitHub', async () => {
    const before = posts();
    const id = await holdOne();
    const answer = await loop.priya.send('POST', `/approvals/${id}/resolve`, {
      approver: '@priya',
      approve: false,
    });
    expect(answer).toMatchObject({
      status: 200,
      json: { status: 'denied', message: 'action denied', result: null },
    });
    expect(posts()).toBe(before);
    const { json } = await loop.operator.send('GET', '/approvals');
    expect(JSON.stringify(json)).not.toContain(id);
  });

  it('9: is told 422 for a body that does not fit', async () => {
    for (const body of [{ args: {} }, { action: 'no-dot', args: {} }, { action: 'a b.c', args: {} }]) {
      expect(await loop.operator.send('POST', '/tools/invoke', body)).toMatchObject({
        status: 422,
        json: { code: 'invalid_request', errors: [{ pointer: '/action' }] },
      });
    }
  });

  it('says which arguments are wrong', async () => {
    const body = { action: 'github.issues:write', args: {} };
    const { status, json } = await loop.operator.send('POST', '/tools/invoke', body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'invalid', approval_id: null });
    expect(json?.['message']).toMatch(/invalid arguments.*repo.*title/);
  });

  it('10: lists model calls and the month', async () => {
    const audit = await loop.operator.send('GET', '/audit?limit=10');
    expect(audit.status).toBe(200);
    expect(audit.json).toEqual([]);
    expect(await loop.operator.send('GET', '/usage')).toMatchObject({
      status: 200,
      json: {
        agent: 'dev-platform',
        workspace: 'acme',
        month_to_date_usd: 0,
        monthly_budget_usd: 50,
        per_task_budget_usd: 0.5,
        on_exceeded: 'block',
      },
    });
  });
});

describe('What earlier OpenLoops let through', () => {
  it.each([
    ['GET', '/usage'],
    ['GET', '/audit'],
    ['GET', '/approvals'],
    ['POST', '/approvals/apr_1/resolve'],
    ['POST', '/tools/invoke'],
  ])('%s %s needs a key now', async (method, path) => {
    const answer = await send(`${loop.url}${path}`, method, method === 'POST' ? {} : undefined);
    expect(answer).toMatchObject({ status: 401, json: { code: 'missing_credentials' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('an approval that is not there is 404', async () => {
    const answer = await loop.priya.send('POST', '/approvals/0123456789ab/resolve', { approve: true });
    expect(answer).toMatchObject({ status: 404, json: { code: 'approvals.not_found' } });
  });

  it('a connector that says 500 leaves a write that is not called executed, and that is found later', async () => {
    const before = posts();
    const id = await holdOne();
    outside.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.down(500) });
    const answer = await loop.priya.send('POST', `/approvals/${id}/resolve`, { approve: true });
    expect(outside.github.armed).toBe(0);
    expect(answer).toMatchObject({
      status: 200,
      json: { status: 'started', result: null, decided_by: '@priya' },
    });
    expect(answer.text).toContain('not known');
    expect(posts()).toBe(before + 1);
    expect(await loop.operator.approval(id)).toMatchObject({
      status: 'approved',
      action: { state: 'unknown' },
    });
  });

  it('a connector that provably did nothing is told as that', async () => {
    const body = { action: 'github.issues:write', args: { repo: 'acme/nowhere', title: 'Lost' } };
    const { json: held } = await loop.operator.send('POST', '/tools/invoke', body);
    const path = `/approvals/${String(held?.['approval_id'])}/resolve`;
    const { status, json } = await loop.priya.send('POST', path, { approve: true });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'approved', result: { ok: false }, decided_by: '@priya' });
    expect(json?.['message']).toContain('did not happen');
  });
});
