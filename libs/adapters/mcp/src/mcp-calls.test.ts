import { afterEach, describe, expect, it } from '@jest/globals';
import { mcpFaults, McpSimulator, type McpEra, type McpFault } from '@openloop/simulators';
import type { ServerRef, WriteResult } from '@openloop/tools';

import { McpServers } from './mcp-servers.js';

const TOKEN = 'tok-0123456789';
const TOOL = { name: 'create_issue', description: 'Creates an issue', inputSchema: { type: 'object' } };

let simulator: McpSimulator;
let servers: McpServers;

afterEach(async () => {
  await servers.close();
  await simulator.close();
});

interface Setting {
  era?: McpEra;
  answers?: 'json' | 'sse';
}

async function start({ era = 'both', answers = 'json' }: Setting = {}): Promise<void> {
  simulator = await new McpSimulator({ era, answers, bearer: TOKEN, tools: [{ definition: TOOL }] }).listen();
  servers = new McpServers({ env: (name) => (name === 'TOKEN' ? TOKEN : undefined) });
}

function ref(about: Partial<ServerRef> = {}): ServerRef {
  return { server: simulator.url, credentials: '${env:TOKEN}', headers: {}, timeoutMs: 5_000, ...about };
}

async function call(about: Partial<ServerRef> = {}): Promise<WriteResult> {
  const signal = AbortSignal.timeout(20_000);
  return servers.call(ref(about), { definition: TOOL, args: { title: 'x' } }, { signal, effectKey: 'KEY' });
}

const WAYS: [McpEra, 'json' | 'sse'][] = [
  ['legacy', 'json'],
  ['legacy', 'sse'],
  ['modern', 'json'],
  ['modern', 'sse'],
];

describe.each(WAYS)('a call of a server of the %s protocol that answers with %s', (era, answers) => {
  it('is done once, with its arguments, its effect key and the token', async () => {
    await start({ era, answers });

    expect(await call()).toEqual({
      kind: 'done',
      summary: 'create_issue answered “{"title":"x"}”',
      data: { content: [{ type: 'text', text: '{"title":"x"}' }] },
      externalId: 'KEY',
    });
    expect(simulator.calls).toMatchObject([
      { tool: 'create_issue', args: { title: 'x' }, meta: { 'openloop/effect': 'KEY' } },
    ]);
    expect(new Set(simulator.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
  });

  const cases: [string, McpFault, 'failed' | 'unknown', RegExp][] = [
    ['answers another request', mcpFaults.wrongId(), 'unknown', /not asked/],
    ['answers in a batch', mcpFaults.batch(), 'unknown', /no JSON-RPC answer/],
    [
      'breaks its stream off, having done it',
      mcpFaults.cutStream({ executes: true }),
      'unknown',
      /broke its/,
    ],
    [
      'breaks its stream off, having done nothing',
      mcpFaults.cutStream({ executes: false }),
      'unknown',
      /broke/,
    ],
    ['resets the connection, having done it', mcpFaults.reset({ executes: true }), 'unknown', /broke the/],
    ['answers with a page for people', mcpFaults.html(), 'unknown', /text\/html/],
    ['answers with 50 MB', mcpFaults.huge(), 'unknown', /more than 256 KiB/],
    ['answers with nothing in it', mcpFaults.noContent(), 'unknown', /no tool result/],
    ['answers with content of no known kind', mcpFaults.oddContent(), 'unknown', /does not fit/],
    ['answers with a bottomless value', mcpFaults.deep(), 'unknown', /too deep/],
    [
      'says that it failed',
      mcpFaults.isError('disk full'),
      'failed',
      /^The server says it failed: “disk full”$/,
    ],
    ['does not know the method', mcpFaults.rpcError(-32_601, 'what?'), 'failed', /-32601: “what\?”/],
    ['refuses the arguments', mcpFaults.rpcError(-32_602, 'bad title'), 'failed', /-32602: “bad title”/],
    [
      'fails inside, having done it',
      mcpFaults.rpcError(-32_603, 'oops', { executes: true }),
      'unknown',
      /-32603/,
    ],
    ['asks in the middle of the call', mcpFaults.elicits(), 'unknown', /asked for something/],
    ['redirects', mcpFaults.redirect('http://169.254.169.254/'), 'unknown', /redirects/],
    ['redirects to itself', mcpFaults.redirect('/mcp', 308), 'unknown', /redirects/],
    ...[400, 401, 403, 404, 410, 422].map((status): [string, McpFault, 'failed', RegExp] => [
      `refuses with ${status}`,
      mcpFaults.status(status),
      'failed',
      new RegExp(`status ${status}`),
    ]),
    ['answers with 500, having done it', mcpFaults.status(500, { executes: true }), 'unknown', /status 500/],
    ['answers with 500, having done nothing', mcpFaults.status(500), 'unknown', /status 500/],
    ['answers with 503', mcpFaults.status(503), 'unknown', /status 503/],
  ];
  it.each(cases)('that %s ends so, and is sent once', async (_, fault, kind, reason) => {
    await start({ era, answers });
    await servers.definitions(ref(), { maxAgeMs: 0 });
    simulator.arm({ method: 'tools/call', fault });

    expect(await call()).toEqual({ kind, reason: expect.stringMatching(reason) });
    expect(simulator.requests.filter(({ method }) => method === 'tools/call')).toHaveLength(1);
    expect([simulator.armed, simulator.calls.length]).toEqual([0, fault.executes ? 1 : 0]);
  });

  it.each([
    ['late', mcpFaults.late(1_500)],
    ['never', mcpFaults.silence()],
    ['one byte at a time', mcpFaults.drip(200)],
  ])(
    'that is answered %s is unknown when its time is up, and the next one is not mixed up with it',
    async (_, fault) => {
      await start({ era, answers });
      await servers.definitions(ref(), { maxAgeMs: 0 });
      simulator.arm({ method: 'tools/call', fault });

      expect(await call({ timeoutMs: 300 })).toEqual({
        kind: 'unknown',
        reason: 'The server did not answer in time',
      });
      const later = servers.call(
        ref(),
        { definition: TOOL, args: { title: 'y' } },
        { signal: AbortSignal.timeout(20_000), effectKey: 'KEY2' },
      );
      expect(await later).toMatchObject({ kind: 'done', data: { content: [{ text: '{"title":"y"}' }] } });
    },
  );

  it('does not wait on when its time is up', async () => {
    await start({ era, answers });
    await servers.definitions(ref(), { maxAgeMs: 0 });
    const before = simulator.waiting;
    simulator.arm({ method: 'tools/call', fault: mcpFaults.silence() });
    await call({ timeoutMs: 100 });

    while (simulator.waiting > before) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(simulator.calls).toHaveLength(1);
  });

  it('counts its first answer when there are two', async () => {
    await start({ era, answers });
    simulator.arm({ method: 'tools/call', fault: mcpFaults.twoAnswers() });

    expect(await call()).toMatchObject({ kind: 'done' });
    expect(await call()).toMatchObject({ kind: 'done' });
  });
});

describe('a server that wants to know more', () => {
  it('is not told: what it did is unknown, and nothing is sent again', async () => {
    await start({ era: 'modern' });
    simulator.arm({ method: 'tools/call', fault: mcpFaults.inputRequired() });

    expect(await call()).toEqual({ kind: 'unknown', reason: expect.stringMatching(/wants to know more/) });
    expect(simulator.calls).toHaveLength(1);
  });
});

describe('a call that cannot be sent', () => {
  it('has failed when nobody listens', async () => {
    await start();
    await simulator.close();

    expect(await call()).toEqual({ kind: 'failed', reason: expect.stringMatching(/refuses the connection/) });
  });

  it('has failed when the server is gone after it was connected to', async () => {
    await start({ era: 'modern' });
    await servers.definitions(ref(), { maxAgeMs: 0 });
    await simulator.close();

    expect(await call()).toEqual({ kind: 'failed', reason: 'The server refuses the connection' });
  });

  it('has failed when its time was up before', async () => {
    await start();
    const context = { signal: AbortSignal.abort(), effectKey: 'KEY' };

    expect(await servers.call(ref(), { definition: TOOL, args: {} }, context)).toMatchObject({
      kind: 'failed',
    });
    expect(simulator.calls).toEqual([]);
  });

  it('has failed when a variable is not set, and says which', async () => {
    await start();

    expect(await call({ credentials: '${env:NOPE}' })).toMatchObject({ kind: 'failed' });
    await expect(
      servers.definitions(ref({ credentials: '${env:NOPE}' }), { maxAgeMs: 0 }),
    ).rejects.toMatchObject({
      code: 'mcp.bad_reference',
      message: 'NOPE is not set (credentials)',
    });
  });

  it('has failed when the server does not let us in, and the token is in no word of it', async () => {
    await start();
    const wrong = new McpServers({ env: () => 'wrong-0123456789' });
    const result = await wrong.call(
      ref(),
      { definition: TOOL, args: {} },
      { signal: AbortSignal.timeout(20_000), effectKey: 'K' },
    );
    await wrong.close();

    expect(result).toEqual({ kind: 'failed', reason: expect.stringMatching(/status 401/) });
    expect(JSON.stringify(result)).not.toContain('wrong-0123456789');
  });
});

describe('a server that tells our own token', () => {
  it.each([
    ['in an answer', mcpFaults.isError(`I was sent ${TOKEN}`)],
    ['in an error', mcpFaults.rpcError(-32_602, `I was sent ${TOKEN}`)],
  ])('%s is masked', async (_, fault) => {
    await start();
    simulator.arm({ method: 'tools/call', fault });

    expect(await call()).toEqual({ kind: 'failed', reason: expect.stringContaining('I was sent [secret]') });
  });

  it('as a result is masked, also behind an escape', async () => {
    await start();
    const env = (): string => 'to"ken\\-0123';
    const other = new McpServers({ env });
    const open = await new McpSimulator({
      tools: [{ definition: TOOL, run: () => `got ${env()}` }],
    }).listen();
    const result = await other.call(
      ref({ server: open.url }),
      { definition: TOOL, args: {} },
      { signal: AbortSignal.timeout(20_000), effectKey: 'K' },
    );
    await other.close();
    await open.close();

    expect(result).toMatchObject({ kind: 'done', data: { content: [{ text: 'got [secret]' }] } });
  });
});
