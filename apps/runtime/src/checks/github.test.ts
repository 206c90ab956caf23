import { createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { githubChecks } from './github.js';
import { agentOf, checkOf, groundsOf, never } from '../../test/checks/grounds.js';
import { Web } from '../../test/checks/web.js';

const web = new Web();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openloop-checks-'));
});
afterEach(async () => {
  await web.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the GitHub checks', () => {
  const user = {
    body: { login: 'octo' },
    headers: { 'x-ratelimit-remaining': '4999', 'x-ratelimit-limit': '5000' },
  };

  it('say who writes and what is left', async () => {
    const url = await web.serve(({ headers }) =>
      headers.authorization === 'Bearer ghp_1' ? user : { status: 401 },
    );
    const checks = await githubChecks(groundsOf({ GITHUB_TOKEN: 'ghp_1', GITHUB_API_URL: url }), never);

    expect(checks.map(({ status, words }) => [status, words])).toEqual([
      ['ok', 'is good, and writes as octo'],
      ['ok', '4999 of 5000 requests left this hour'],
    ]);
  });

  it.each<[string, object, string]>([
    ['github token', { status: 401 }, 'error'],
    ['github token', { status: 502 }, 'error'],
    [
      'github rate',
      { body: {}, headers: { 'x-ratelimit-remaining': '3', 'x-ratelimit-limit': '60' } },
      'warning',
    ],
    [
      'github expiry',
      { headers: { 'github-authentication-token-expiration': '2020-01-01 09:00:00 UTC' } },
      'warning',
    ],
  ])('notice in %s that the answer is %j', async (name, reply, status) => {
    const url = await web.serve(() => reply);
    const checks = await githubChecks(groundsOf({ GITHUB_TOKEN: 'ghp_1', GITHUB_API_URL: url }), never);

    expect(checkOf(checks, name)).toMatchObject({ status, fix: expect.any(String) });
  });

  it('accept a token that may not ask who it is', async () => {
    const url = await web.serve(({ url: at }) => ({ status: at === '/rate_limit' ? 200 : 403 }));
    const checks = await githubChecks(groundsOf({ GITHUB_TOKEN: 'ghs_1', GITHUB_API_URL: url }), never);

    expect(checkOf(checks, 'github token').status).toBe('ok');
  });

  it('sign in as an App, and say where it is installed', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyPath = join(folder, 'app.pem');
    await writeFile(keyPath, privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const url = await web.serve(({ headers, url: at }) => {
      const [head = '', claims = '', signature = ''] = (headers.authorization ?? '').slice(7).split('.');
      const isOurs = createVerify('RSA-SHA256')
        .update(`${head}.${claims}`)
        .verify(publicKey, signature, 'base64url');
      const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }; // our own claims
      const isThere = at === '/app/installations/7' && iss === '5';
      return isOurs && isThere
        ? { body: { account: { login: 'acme' }, permissions: { issues: 'write' } } }
        : { status: 401 };
    });
    const env = {
      GITHUB_APP_ID: '5',
      GITHUB_APP_INSTALLATION_ID: '7',
      GITHUB_APP_PRIVATE_KEY_PATH: keyPath,
      GITHUB_API_URL: url,
    };

    expect(await githubChecks(groundsOf(env), never)).toEqual([
      { name: 'github app', status: 'ok', words: 'is installed in acme, with issues:write' },
    ]);
    const missing = groundsOf({ ...env, GITHUB_APP_PRIVATE_KEY_PATH: join(folder, 'none.pem') });
    expect(await githubChecks(missing, never)).toMatchObject([
      { status: 'error', words: expect.stringContaining('ENOENT') },
    ]);
  });

  it('say who needs it when it is not connected', async () => {
    const agent = agentOf(
      'dev',
      "  tools:\n    - name: github\n      type: native\n      permissions: ['issues:read']\n",
    );
    const used = await githubChecks(groundsOf({}, { agents: async () => [agent] }), never);

    expect(used).toMatchObject([{ status: 'warning', words: expect.stringContaining('used by dev') }]);
    expect(await githubChecks(groundsOf(), never)).toMatchObject([{ status: 'ok' }]);
  });
});
