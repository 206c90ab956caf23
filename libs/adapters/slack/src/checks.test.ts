import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import type { Check, Found } from '@openloop/surfaces';

import { slackChecks, type SlackConnection } from './checks.js';
import { slackManifest } from './manifest.js';

const BOT_TOKEN = 'xoxb-1111111111-2222222222-abcdefghijkl4f2';
const APP_TOKEN = 'xapp-1-A0APP-3333333333-fedcba';
const FULL = slackManifest().oauth_config.scopes.bot;

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('the Slack checks', () => {
  it('are all well for an app made from the manifest', async () => {
    const checks = await look({}, { channels: ['#dev-platform', 'C0PRIV01'] });

    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'bot token', 'scopes', 'clock', 'app token', 'channel #dev-platform', 'channel C0PRIV01',
    ]); // prettier-ignore
    expect(wordsOf(checks, 'bot token')).toBe('xoxb-…4f2 → team acme (T0ACME), bot @openloop');
  });

  it('never show more of a token than its ends', async () => {
    const shown = JSON.stringify(await look({ 'auth.test': { ok: false, error: 'invalid_auth' } }));

    expect(shown).not.toContain(BOT_TOKEN.slice(5, -3));
    expect(shown).not.toContain(APP_TOKEN.slice(5, -3));
  });

  it.each([
    ['invalid_auth', 'does not know'],
    ['token_revoked', 'revoked'],
    ['account_inactive', 'removed'],
    ['weird_thing', 'weird_thing'],
  ])('say what %s means, and ask nothing more with that token', async (error, words) => {
    const asked: string[] = [];
    const checks = await look({ 'auth.test': { ok: false, error } }, { channels: ['#x'] }, asked);

    expect(checks[0]).toMatchObject({ name: 'bot token', status: 'error', fix: expect.any(String) });
    expect(checks[0]?.words).toContain(words);
    expect(asked).toEqual(expect.not.arrayContaining(['conversations.list']));
  });

  it('refuse a person’s token', async () => {
    const checks = await look({ 'auth.test': { ok: true, team: 'acme', team_id: 'T0ACME', user: 'priya' } });

    expect(checks[0]).toMatchObject({ status: 'error', words: expect.stringContaining('person’s token') });
  });

  it('name the scopes that are missing', async () => {
    const checks = await look({ scopes: FULL.filter((name) => !/^(chat:write|im:read)$/.test(name)) });

    expect(checkOf(checks, 'scopes')).toMatchObject({
      status: 'error',
      words: 'missing: chat:write, im:read',
    });
    expect(checkOf(checks, 'scopes').fix).toContain('Reinstall');
  });

  it('only warn when what the smallest manifest leaves out is missing, and say what is lost', async () => {
    const checks = await look({ scopes: slackManifest({ minimal: true }).oauth_config.scopes.bot });

    expect(checkOf(checks, 'scopes')).toMatchObject({
      status: 'warning',
      words: expect.stringContaining('🔇'),
    });
  });

  it.each([
    [-600, 'error', 'ahead of'],
    [60, 'warning', 'behind'],
  ])('notice a clock that is off by %i s', async (seconds, status, words) => {
    const checks = await look({ date: new Date(Date.now() + seconds * 1000) });

    expect(checkOf(checks, 'clock')).toMatchObject({ status, words: expect.stringContaining(words) });
  });

  it('notice an app token that opens no socket', async () => {
    const checks = await look({ 'apps.connections.open': { ok: false, error: 'missing_scope' } });

    expect(checkOf(checks, 'app token')).toMatchObject({
      status: 'error',
      words: 'this token lacks connections:write',
    });
  });

  it('notice tokens of two apps', async () => {
    const checks = await look({ 'bots.info': { ok: true, bot: { app_id: 'A0OTHER' } } });

    expect(checkOf(checks, 'one app').words).toBe(
      'the app token is of app A0APP, the bot token of app A0OTHER',
    );
  });

  it.each([
    ['#random', 'warning', '/invite @openloop'],
    ['#old', 'error', 'Unarchive'],
    ['#nowhere', 'error', 'Correct the name'],
  ])('say what to do about the channel %s', async (channel, status, fix) => {
    const checks = await look({}, { channels: [channel] });

    expect(checkOf(checks, `channel ${channel}`)).toMatchObject({
      status,
      fix: expect.stringContaining(fix),
    });
  });

  it.each<[Found, Check['status'], string]>([
    [{ kind: 'person', id: 'T/U1', name: 'Priya' }, 'ok', 'Priya'],
    [{ kind: 'group', id: 'S1', name: 'maintainers', members: ['T/U1', 'T/U2'] }, 'ok', '2 in it'],
    [{ kind: 'group', id: 'S1', name: 'maintainers', members: [] }, 'warning', 'nobody in it'],
    [{ kind: 'ambiguous', ids: ['T/U1', 'T/U2'] }, 'error', '2 people'],
    [{ kind: 'nobody', near: ['@priya'] }, 'warning', 'nobody in Slack'],
  ])('say of an approver that is %j', async (found, status, words) => {
    const checks = await look({}, { approvers: ['@p'], find: () => Promise.resolve(found) });

    expect(checkOf(checks, 'approver @p')).toMatchObject({ status, words: expect.stringContaining(words) });
  });

  it('say that Slack cannot be reached, in their own time', async () => {
    const checks = await slackChecks(connectionTo('http://127.0.0.1:9/api'), { channels: [] });

    expect(checks).toMatchObject([
      { name: 'bot token', status: 'error', words: expect.stringContaining('cannot be reached') },
      { name: 'app token', status: 'error' },
    ]);
  });

  it('do not follow a redirect with the token', async () => {
    const seen: IncomingMessage[] = [];
    const elsewhere = await listen((request) => {
      seen.push(request);
      return { body: { ok: true } };
    });
    const url = await listen(() => ({ status: 307, headers: { location: `${elsewhere}/auth.test` } }));
    const checks = await slackChecks(connectionTo(url), { channels: [] });

    expect(checks[0]).toMatchObject({ status: 'error' });
    expect(seen).toEqual([]);
  });

  it.each([
    ['0123456789abcdef0123456789abcdef', 'ok'],
    ['xoxb-not-this-one', 'warning'],
  ])('look at the signing secret of HTTP mode: %s is %s', async (secret, status) => {
    const connection = connectionTo(await slackApi({}));
    const mode = { kind: 'http' as const, signingSecret: new Secret(secret) };
    const checks = await slackChecks({ ...connection, mode }, { channels: [] });

    expect(checkOf(checks, 'signing secret').status).toBe(status);
    expect(JSON.stringify(checks)).not.toContain(secret);
  });

  it('leave nothing that is wrong without a fix', async () => {
    const checks = await look(
      { scopes: ['chat:write'], 'apps.connections.open': { ok: false, error: 'not_allowed_token_type' } },
      { channels: ['#random', '#nowhere'] },
    );
    const wrong = checks.filter(({ status }) => status !== 'ok');

    expect(wrong.length).toBeGreaterThan(3);
    expect(wrong.filter(({ fix }) => !fix)).toEqual([]);
  });
});

interface Answers {
  scopes?: readonly string[];
  date?: Date;
  'auth.test'?: object;
  'apps.connections.open'?: object;
  'bots.info'?: object;
}

async function look(
  answers: Answers,
  wanted: Partial<Parameters<typeof slackChecks>[1]> = {},
  asked: string[] = [],
): Promise<Check[]> {
  return slackChecks(connectionTo(await slackApi(answers, asked)), { channels: [], ...wanted });
}

function connectionTo(apiUrl: string): SlackConnection {
  return {
    apiUrl,
    botToken: new Secret(BOT_TOKEN),
    mode: { kind: 'socket', appToken: new Secret(APP_TOKEN) },
  };
}

/** As much of the Web API as the checks ask, one channel a page. */
function slackApi({ scopes = FULL, date, ...answers }: Answers, asked: string[] = []): Promise<string> {
  const channels = [
    { id: 'C0DEV001', name: 'dev-platform', is_member: true },
    { id: 'C0PRIV01', name: 'secret', is_member: true },
    { id: 'C0RAND01', name: 'random', is_member: false },
    { id: 'C0OLD001', name: 'old', is_member: true, is_archived: true },
  ];
  const usual: Record<string, (args: URLSearchParams) => object> = {
    'auth.test': () => ({ ok: true, team: 'acme', team_id: 'T0ACME', user: 'openloop', bot_id: 'B0BOT' }),
    'apps.connections.open': () => ({ ok: true, url: 'wss://example.com/link' }),
    'bots.info': () => ({ ok: true, bot: { id: 'B0BOT', app_id: 'A0APP' } }),
    'conversations.list': (args) => {
      const at = Number(args.get('cursor') ?? 0);
      const next = at + 1 < channels.length ? String(at + 1) : '';
      return { ok: true, channels: [channels[at]], response_metadata: { next_cursor: next } };
    },
  };
  return listen(({ url, headers }, text) => {
    const method = (url ?? '').split('/').at(-1) ?? '';
    asked.push(method);
    const wanted = method === 'apps.connections.open' ? APP_TOKEN : BOT_TOKEN;
    const isKnown = headers.authorization === `Bearer ${wanted}`;
    const own = answers[method as keyof typeof answers]; // looked up, and absent for every other method
    const body = isKnown ? (own ?? usual[method]?.(new URLSearchParams(text))) : undefined;
    return {
      body: body ?? { ok: false, error: isKnown ? 'unknown_method' : 'invalid_auth' },
      headers: { 'x-oauth-scopes': scopes.join(','), ...(date && { date: date.toUTCString() }) },
    };
  });
}

type Reply = { status?: number; headers?: Record<string, string>; body?: object };

async function listen(answer: (request: IncomingMessage, text: string) => Reply): Promise<string> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { status = 200, headers = {}, body = {} } = answer(request, text);
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`; // a TCP server has one
}

function checkOf(checks: readonly Check[], name: string): Check {
  const found = checks.find((check) => check.name === name);
  if (!found) throw new Error(`No check ${name} in ${JSON.stringify(checks)}`);
  return found;
}

function wordsOf(checks: readonly Check[], name: string): string {
  return checkOf(checks, name).words;
}
