import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { Agent } from '@openloop/agent-spec';
import { failed, warned, well, type Check } from '@openloop/surfaces';
import { z } from 'zod';

import { ask, type Answer } from './ask.js';
import type { Grounds } from './grounds.js';
import { failedBy, listed, reasonOf } from './words.js';

type GitHub = NonNullable<Grounds['config']['github']>;
type AppCredentials = Extract<GitHub, { app: unknown }>['app'];

const HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  'user-agent': 'openloop',
};
const FEW_LEFT = 100;
const SOON_MS = 7 * 24 * 3600 * 1000;

/** Whether the credentials are good, for how long, and how many requests are left this hour. */
export async function githubChecks(
  { config: { github }, agents }: Grounds,
  signal: AbortSignal,
): Promise<Check[]> {
  if (!github) return [unconnected(await agents())];
  const api = (github.apiUrl ?? 'https://api.github.com').replace(/\/+$/, '');
  try {
    return 'token' in github
      ? await tokenChecks(api, github.token.reveal(), signal)
      : [await appCheck(api, github.app, signal)];
  } catch (error) {
    return [failedBy('github', error)];
  }
}

function unconnected(agents: readonly Agent[]): Check {
  const users = agents.filter(({ tools }) =>
    tools.some(({ type, name }) => type === 'native' && name === 'github'),
  );
  if (users.length === 0) return well('github', 'not connected, and no agent uses it');
  const words = `not connected, but used by ${listed(users.map(({ name }) => name))}`;
  return warned('github', words, 'Set GITHUB_TOKEN, or the three settings of a GitHub App, and start again');
}

async function tokenChecks(api: string, token: string, signal: AbortSignal): Promise<Check[]> {
  const headers = { ...HEADERS, authorization: `Bearer ${token}` };
  const user = await ask('GitHub', `${api}/user`, { headers, signal });
  // A token without a person behind it (an Action's) may not ask who it is, and is good all the same.
  const answer = user.status === 403 ? await ask('GitHub', `${api}/rate_limit`, { headers, signal }) : user;
  if (answer.status === 401) {
    const fix =
      'Make a new one at https://github.com/settings/personal-access-tokens and put it in GITHUB_TOKEN';
    return [failed('github token', 'GitHub does not take it (401)', fix)];
  }
  if (answer.status !== 200) return [unexpected('github token', answer)];
  const { login } = z
    .object({ login: z.string().catch('') })
    .catch({ login: '' })
    .parse(answer.body);
  return [
    well('github token', login === '' ? 'is good' : `is good, and writes as ${login}`),
    ...expiryCheck(answer.headers.get('github-authentication-token-expiration')),
    ...rateCheck(answer.headers),
  ];
}

function unexpected(name: string, { status }: Answer): Check {
  return failed(
    name,
    `GitHub answers ${status}`,
    'Check GITHUB_API_URL if it is set, and try again in a minute',
  );
}

/** `2026-12-01 09:00:00 UTC`. */
function expiryCheck(header: string | null): Check[] {
  const expiresAt = Date.parse((header ?? '').replace(' UTC', 'Z').replace(' ', 'T'));
  if (Number.isNaN(expiresAt)) return [];
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  if (expiresAt - Date.now() > SOON_MS) return [well('github expiry', day)];
  return [
    warned('github expiry', `the token ends on ${day}`, 'Make a new one in time and put it in GITHUB_TOKEN'),
  ];
}

function rateCheck(headers: Headers): Check[] {
  const [left, limit] = ['remaining', 'limit'].map((name) =>
    Number(headers.get(`x-ratelimit-${name}`) ?? NaN),
  );
  if (left === undefined || limit === undefined || Number.isNaN(left) || Number.isNaN(limit)) return [];
  const words = `${left} of ${limit} requests left this hour`;
  if (left >= FEW_LEFT) return [well('github rate', words)];
  const at = new Date(Number(headers.get('x-ratelimit-reset')) * 1000);
  const when = Number.isNaN(at.getTime())
    ? 'when the hour is over'
    : `at ${at.toISOString().slice(11, 16)} UTC`;
  return [warned('github rate', words, `Wait: it starts anew ${when}. A GitHub App has a limit of its own`)];
}

const Installation = z.object({
  account: z.object({ login: z.string() }),
  suspended_at: z.string().nullish(),
  permissions: z.record(z.string(), z.string()).default({}),
});

async function appCheck(api: string, app: AppCredentials, signal: AbortSignal): Promise<Check> {
  const jwt = await appToken(app);
  if (typeof jwt !== 'string') return jwt;
  const headers = { ...HEADERS, authorization: `Bearer ${jwt}` };
  const answer = await ask('GitHub', `${api}/app/installations/${app.installationId}`, { headers, signal });
  if (answer.status === 401) {
    const fix = 'Take the App ID and a private key from the same App: https://github.com/settings/apps';
    return failed('github app', 'GitHub does not take its key (401)', fix);
  }
  if (answer.status === 404) {
    const fix =
      'Take the number at the end of the address of its “Configure” page under Installed GitHub Apps';
    return failed('github app', `has no installation ${app.installationId}`, fix);
  }
  const installation = Installation.safeParse(answer.body);
  if (answer.status !== 200 || !installation.success) return unexpected('github app', answer);
  const { account, suspended_at: suspendedAt, permissions } = installation.data;
  if (suspendedAt) return failed('github app', `is suspended in ${account.login}`, 'Unsuspend it there');
  const rights = Object.entries(permissions).map(([name, level]) => `${name}:${level}`);
  return well('github app', `is installed in ${account.login}, with ${listed(rights)}`);
}

const JWT_SECONDS = 300;
/** GitHub's clock may be a little behind ours. */
const JWT_EARLIER_SECONDS = 60;

/** What an App shows to say that it is itself (RS256); a check when its key cannot be used. */
async function appToken({ appId, keyPath }: AppCredentials): Promise<string | Check> {
  try {
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iat: now - JWT_EARLIER_SECONDS, exp: now + JWT_SECONDS, iss: appId };
    const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
    const key = await readFile(keyPath, 'utf8');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  } catch (error) {
    const fix =
      'Check that GITHUB_APP_PRIVATE_KEY_PATH names the PEM file GitHub gave you, and that this user may read it';
    return failed('github app', `its private key cannot be used (${reasonOf(error)})`, fix);
  }
}
