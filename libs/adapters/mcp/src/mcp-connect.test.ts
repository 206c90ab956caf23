import type { LookupAddress } from 'node:dns';

import { afterEach, describe, expect, it } from '@jest/globals';
import { McpSimulator } from '@openloop/simulators';
import type { ServerRef } from '@openloop/tools';

import { McpServers, type McpServersOptions } from './mcp-servers.js';

const TOOL = { name: 'list_runs', description: '', inputSchema: { type: 'object' } };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function simulated(options: ConstructorParameters<typeof McpSimulator>[0] = {}): Promise<McpSimulator> {
  const simulator = await new McpSimulator({ tools: [{ definition: TOOL }], ...options }).listen();
  open.unshift(simulator);
  return simulator;
}

function connected(options: Partial<McpServersOptions> = {}): McpServers {
  const servers = new McpServers({ env: () => undefined, ...options });
  open.unshift(servers);
  return servers;
}

function ref(server: string, about: Partial<ServerRef> = {}): ServerRef {
  return { server, credentials: null, headers: {}, timeoutMs: 2_000, ...about };
}

function resolvingTo(...addresses: string[]): Partial<McpServersOptions> {
  const found: LookupAddress[] = addresses.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }));
  return { resolve: (_, answer) => answer(null, found) };
}

const named = ({ url }: McpSimulator): string => url.replace('127.0.0.1', 'mcp.internal');

describe('the address of a server', () => {
  it.each([
    'http://169.254.169.254/mcp',
    'http://user:pw@127.0.0.1/mcp',
    'http://[::ffff:10.0.0.1]/mcp',
    'http://0x7f000001/mcp',
    'http://2130706433/',
    'file:///etc/passwd',
    'stdio:nobody-declared-it',
  ])('is refused before anything is sent when it is %s', async (server) => {
    const servers = connected();

    await expect(servers.definitions(ref(server), { maxAgeMs: 0 })).rejects.toMatchObject({
      code: 'mcp.bad_reference',
    });
    const context = { signal: AbortSignal.timeout(5_000), effectKey: 'K' };
    expect(await servers.call(ref(server), { definition: TOOL, args: {} }, context)).toMatchObject({
      kind: 'failed',
    });
  });

  it('may be a name, whose address is looked up once for each connection', async () => {
    const simulator = await simulated();
    const servers = connected(resolvingTo('127.0.0.1'));

    expect((await servers.definitions(ref(named(simulator)), { maxAgeMs: 0 })).identity.host).toBe(
      new URL(named(simulator)).host,
    );
  });

  it.each([
    ['a metadata service', ['169.254.169.254']],
    ['a metadata service beside a harmless address', ['127.0.0.1', '169.254.169.254']],
    ['an address in disguise', ['::ffff:127.0.0.1']],
    ['no address', []],
  ])('is refused when its name leads to %s', async (_, addresses) => {
    const simulator = await simulated();
    const servers = connected(resolvingTo(...addresses));

    await expect(servers.definitions(ref(named(simulator)), { maxAgeMs: 0 })).rejects.toMatchObject({
      code: 'mcp.unreachable',
      message: expect.stringMatching(/has a name (that leads to|without)/),
    });
    expect(simulator.requests).toEqual([]);
  });

  it('is refused when its name leads elsewhere the next time', async () => {
    const simulator = await simulated();
    let address = '127.0.0.1';
    const servers = connected({ resolve: (_, answer) => answer(null, [{ address, family: 4 }]) });
    await servers.definitions(ref(named(simulator)), { maxAgeMs: 0 });
    const before = simulator.requests.length;
    address = '169.254.169.254';

    const context = { signal: AbortSignal.timeout(5_000), effectKey: 'K' };
    const result = await servers.call(ref(named(simulator)), { definition: TOOL, args: {} }, context);

    expect(result).toEqual({ kind: 'failed', reason: expect.stringMatching(/leads to/) });
    expect(simulator.requests).toHaveLength(before);
  });

  it.each([
    ['ENOTFOUND', /does not resolve/],
    ['EAI_AGAIN', /does not resolve now/],
  ])('that does not resolve (%s) is unreachable', async (code, words) => {
    const servers = connected({
      resolve: (_, answer) => answer(Object.assign(new Error('x'), { code }), []),
    });

    await expect(servers.definitions(ref('http://nowhere.internal'), { maxAgeMs: 0 })).rejects.toMatchObject({
      message: expect.stringMatching(words),
    });
  });

  it('that speaks no TLS where TLS is asked for is unreachable, and got nothing', async () => {
    const simulator = await simulated();

    await expect(
      connected().definitions(ref(simulator.url.replace('http:', 'https:')), { maxAgeMs: 0 }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/certificate/) });
    expect(simulator.requests).toEqual([]);
  });
});

describe('what a server is sent', () => {
  const env = (name: string): string | undefined =>
    ({ TOKEN: 'tok-0123456789', TEAM: 'platform', BAD: 'a\nb: c' })[name];

  it.each<'legacy' | 'modern'>(['legacy', 'modern'])(
    'is its own token and headers only (%s)',
    async (era) => {
      const simulator = await simulated({ era });
      const servers = connected({ env });
      const about = { credentials: '${env:TOKEN}', headers: { 'X-Team': 'the ${env:TEAM} team' } };
      const other = await simulated({ era });
      await servers.definitions(ref(simulator.url, about), { maxAgeMs: 0 });
      await servers.definitions(ref(other.url), { maxAgeMs: 0 });

      for (const { headers } of simulator.requests) {
        expect(headers).toMatchObject({
          authorization: 'Bearer tok-0123456789',
          'x-team': 'the platform team',
        });
      }
      for (const { headers } of other.requests) {
        expect(headers.authorization).toBeUndefined();
        expect(JSON.stringify(headers)).not.toContain('tok-');
      }
    },
  );

  it('agrees in headers and body, as the stateless protocol wants', async () => {
    const simulator = await simulated({ era: 'modern' });
    const context = { signal: AbortSignal.timeout(5_000), effectKey: 'K' };
    const result = await connected().call(ref(simulator.url), { definition: TOOL, args: {} }, context);

    expect(result.kind).toBe('done');
    expect(simulator.requests.at(-1)?.headers).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': 'list_runs',
      'mcp-protocol-version': '2026-07-28',
    });
  });

  it.each([
    [
      'a variable that is not set',
      { headers: { 'X-Team': '${env:NOPE}' } },
      /^NOPE is not set \(header X-Team\)$/,
    ],
    ['a value that would be two headers', { headers: { 'X-Team': '${env:BAD}' } }, /X-Team cannot be sent/],
    ['a token that would be two headers', { credentials: '${env:BAD}' }, /Authorization cannot be sent/],
    ['a token in the file', { credentials: 'tok-9876543210' }, /credentials are not/],
  ])('is nothing when there is %s, and no value is told', async (_, about, message) => {
    const simulator = await simulated();
    const failure = await connected({ env })
      .definitions(ref(simulator.url, about), { maxAgeMs: 0 })
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'mcp.bad_reference', message: expect.stringMatching(message) });
    expect(JSON.stringify(failure)).not.toMatch(/tok-|a\\nb/);
    expect(simulator.requests).toEqual([]);
  });
});
