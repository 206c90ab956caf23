import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import type { Loopback } from '@openloop/simulators';

import { githubTools } from '../src/index.js';
import { context, look, MARKER, QUICK, REPO, startOther, Tools } from './octo.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const TOKENS = '/app/installations/7/access_tokens';
const ISSUES = `/repos/${REPO}/issues`;
const CREATED = { number: 5, html_url: 'https://github.test/acme/ingestion/issues/5' };

/** GitHub as an App sees it: a token for a signed claim, then everything else for that token. */
let server: Loopback & { requests: string[] };
let tokenStatus: number;
let issueStatus: number;

beforeEach(async () => {
  tokenStatus = 201;
  issueStatus = 201;
  server = await startOther((request, response) => {
    if (request.url === TOKENS) return answerToken(request, response);
    const isOurs = request.headers.authorization === 'Bearer installation-token';
    if (!isOurs) return json(response, 401, { message: 'Bad credentials' });
    if (request.method === 'POST')
      return json(response, issueStatus, issueStatus === 201 ? CREATED : { message: 'No' });
    const listed = {
      ...CREATED,
      body: MARKER,
      created_at: '2026-11-21T12:00:00Z',
      user: { login: 'openloop[bot]' },
    };
    return json(response, 200, [listed]);
  });
});
afterEach(() => server.close());

it('signs in as the installation, once, and writes with the token it is given', async () => {
  const tool = toolsWith(PEM).write('github.issues:write');

  expect(await tool.run({ repo: REPO, title: 't' }, context())).toMatchObject({
    kind: 'done',
    externalId: `${REPO}#5`,
  });
  expect(await tool.run({ repo: REPO, title: 't' }, context())).toMatchObject({ kind: 'done' });
  expect(server.requests).toEqual([`POST ${TOKENS}`, `POST ${ISSUES}`, `POST ${ISSUES}`]);
});

it('finds an earlier write without asking for a user, which an App is not', async () => {
  const tool = toolsWith(PEM).write('github.issues:write');

  expect(await tool.reconcile({ repo: REPO, title: 't' }, look(new Date()))).toMatchObject({ kind: 'found' });
  expect(server.requests.map((line) => line.split('?')[0])).toEqual([`POST ${TOKENS}`, `GET ${ISSUES}`]);
});

it('sends one POST also when a fresh token is answered with 401', async () => {
  issueStatus = 401;
  const result = await toolsWith(PEM).write('github.issues:write').run({ repo: REPO, title: 't' }, context());

  expect(result.kind).toBe('failed');
  expect(server.requests.filter((line) => line === `POST ${ISSUES}`)).toHaveLength(1);
});

it.each([401, 404, 500, 503])(
  'fails without writing when the sign-in is answered with %s',
  async (status) => {
    tokenStatus = status;
    const result = await toolsWith(PEM)
      .write('github.issues:write')
      .run({ repo: REPO, title: 't' }, context());

    expect(result).toEqual({
      kind: 'failed',
      reason: expect.stringContaining(`Sign-in to GitHub failed: GitHub answered ${status}`),
    });
    expect(server.requests).not.toContain(`POST ${ISSUES}`);
  },
);

it('fails without a request when the key is no key, and does not show it', async () => {
  const result = await toolsWith('not a key')
    .write('github.issues:write')
    .run({ repo: REPO, title: 't' }, context());

  expect(result).toEqual({
    kind: 'failed',
    reason: 'Sign-in to GitHub failed: The GitHub App key could not be used',
  });
  expect(server.requests).toEqual([]);
});

function toolsWith(pem: string): Tools {
  const app = { appId: 42, privateKey: new Secret(pem), installationId: 7 };
  return new Tools(githubTools({ app, apiUrl: server.url, timings: QUICK }));
}

function answerToken(request: IncomingMessage, response: ServerResponse): void {
  if (!isSigned(request.headers.authorization))
    return json(response, 401, { message: 'A JSON web token could not be decoded' });
  if (tokenStatus !== 201) return json(response, tokenStatus, { message: 'No' });
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  json(response, 201, {
    token: 'installation-token',
    expires_at: expires,
    permissions: {},
    repository_selection: 'all',
  });
}

/** RS256 over the first two parts, and a claim made by app 42. */
function isSigned(authorization = ''): boolean {
  const [head = '', claims = '', signature = ''] = authorization.replace(/^bearer /i, '').split('.');
  const isGenuine = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
    Buffer.from(signature, 'base64url'),
  );
  const { iss }: { iss?: unknown } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as {
    iss?: unknown;
  }; // a claim set is an object
  return isGenuine && String(iss) === '42';
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
