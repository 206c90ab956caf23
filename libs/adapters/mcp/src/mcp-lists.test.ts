import { afterEach, describe, expect, it } from '@jest/globals';
import { mcpFaults, McpSimulator, type McpEra, type McpSimTool } from '@openloop/simulators';
import type { ServerRef } from '@openloop/tools';

import { McpServers } from './mcp-servers.js';

const SCHEMA = { type: 'object', properties: { run: { type: 'string' } } };
const GOOD = { name: 'list_runs', description: 'Lists runs', inputSchema: SCHEMA };

const RECURSIVE = {
  ...GOOD,
  name: 'bad',
  inputSchema: {
    type: 'object',
    properties: { tree: { $ref: '#/$defs/node' } },
    $defs: { node: { type: 'object', properties: { left: { $ref: '#/$defs/node' } } } },
  },
};
/** Finite, but each level is looked at three times as often as the one above. */
const EXPLODING = {
  ...GOOD,
  name: 'bad',
  inputSchema: {
    type: 'object',
    properties: { a: { $ref: '#/$defs/d0' } },
    $defs: Object.fromEntries(
      Array.from({ length: 14 }, (_, i) => {
        const next = { $ref: `#/$defs/d${i + 1}` };
        return [`d${i}`, i === 13 ? { type: 'string' } : { anyOf: [next, next, next] }];
      }),
    ),
  },
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function simulated(options: ConstructorParameters<typeof McpSimulator>[0]): Promise<McpSimulator> {
  const simulator = await new McpSimulator(options).listen();
  open.unshift(simulator);
  return simulator;
}

function connected(about: Partial<ConstructorParameters<typeof McpServers>[0]> = {}): McpServers {
  const servers = new McpServers({ env: () => undefined, ...about });
  open.unshift(servers);
  return servers;
}

function ref(server: string): ServerRef {
  return { server, credentials: null, headers: {}, timeoutMs: 5_000 };
}

const listsOf = ({ requests }: McpSimulator) =>
  requests.filter(({ method }) => method === 'tools/list').length;

describe.each<McpEra>(['legacy', 'modern'])('the tools of a server of the %s protocol', (era) => {
  const cases: [string, unknown[], string, RegExp][] = [
    ['without a schema', [{ name: 'bad' }], 'bad', /no schema/],
    ['whose schema is nothing', [{ name: 'bad', inputSchema: null }], 'bad', /no schema/],
    ['whose schema is a list', [{ name: 'bad', inputSchema: [] }], 'bad', /no schema/],
    [
      'whose arguments are a text',
      [{ name: 'bad', inputSchema: { type: 'string' } }],
      'bad',
      /not an object/,
    ],
    ['that refers to the network', [withProperty({ $ref: 'http://a.example/s' })], 'bad', /never fetched/],
    ['that refers to a file', [withProperty({ $ref: 'file:///etc/passwd' })], 'bad', /never fetched/],
    ['that refers to nothing', [withProperty({ $ref: '#/$defs/none' })], 'bad', /there is not/],
    ['that refers to itself', [withProperty({ $ref: '#' })], 'bad', /refers to itself/],
    ['that refers to itself by a detour', [RECURSIVE], 'bad', /refers to itself/],
    ['that refers dynamically', [withProperty({ $dynamicRef: '#x' })], 'bad', /refers to itself/],
    ['with parts that have addresses', [withProperty({ $id: 'http://b' })], 'bad', /addresses/],
    ['that explodes', [EXPLODING], 'bad', /too large/],
    ['that is nested without end', [withProperty(nested(40))], 'bad', /too deep/],
    [
      'of an unknown kind',
      [{ name: 'bad', inputSchema: { ...SCHEMA, $schema: 'urn:x' } }],
      'bad',
      /not known/,
    ],
    ['with a space in its name', [{ ...GOOD, name: 'list runs' }], 'list runs', /name/],
    ['with a letter that only looks like one', [{ ...GOOD, name: 'lіst' }], 'lіst', /name/],
    ['with an empty name', [{ ...GOOD, name: '' }], '', /name/],
    ['without a name', [{ inputSchema: SCHEMA }], '(no name)', /name/],
    ['that are no tools', ['bad'], '(no name)', /no tool/],
    [
      'that share a name',
      [
        { ...GOOD, name: 'bad' },
        { ...GOOD, name: 'bad' },
      ],
      'bad',
      /several/,
    ],
    ['with a description that is no text', [{ ...GOOD, name: 'bad', description: 7 }], 'bad', /no text/],
    [
      'with a book for a description',
      [{ ...GOOD, name: 'bad', description: 'x'.repeat(9_000) }],
      'bad',
      /text/,
    ],
    ['with a title that is no text', [{ ...GOOD, name: 'bad', title: {} }], 'bad', /title/],
    ['with annotations that are none', [{ ...GOOD, name: 'bad', annotations: 'x' }], 'bad', /annotations/],
    ['without exact bytes', [{ ...GOOD, name: 'bad', description: '\ud800' }], 'bad', /exact/],
    ['of a size nobody reads', [withProperty({ enum: ['x'.repeat(70_000)] })], 'bad', /too large/],
  ];
  it.each(cases)('%s are left out with the reason, and hide no other', async (_, tools, name, reason) => {
    const simulator = await simulated({ era, tools: offering([...tools, GOOD]) });
    const { tools: kept, excluded } = await connected().definitions(ref(simulator.url), { maxAgeMs: 0 });

    expect(kept).toEqual([GOOD]);
    expect(excluded[0]).toEqual({ name, reason: expect.stringMatching(reason) });
    expect(excluded).toHaveLength(tools.length);
  });

  it('are all there when there are 5,000 of them, on many pages', async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ ...GOOD, name: `tool_${i}` }));
    const simulator = await simulated({ era, pageSize: 100, tools: offering(many) });
    const { tools } = await connected().definitions(ref(simulator.url), { maxAgeMs: 0 });

    expect([tools.length, tools.at(-1)?.name, listsOf(simulator)]).toEqual([5_000, 'tool_4999', 50]);
  });

  it('are refused as a whole when the list never ends', async () => {
    const simulator = await simulated({ era, pageSize: 0, tools: offering([GOOD]) });

    await expect(connected().definitions(ref(simulator.url), { maxAgeMs: 0 })).rejects.toMatchObject({
      code: 'mcp.unreachable',
      message: expect.stringMatching(/never ends/),
    });
  });

  it('come with who offers them', async () => {
    const simulator = await simulated({ era, identity: { name: 'ci', version: '3' } });
    const { identity } = await connected().definitions(ref(simulator.url), { maxAgeMs: 0 });

    expect(identity).toEqual({ host: new URL(simulator.url).host, name: 'ci', version: '3' });
  });

  it('are asked for once by many at the same time, and from memory while that is fresh enough', async () => {
    const simulator = await simulated({ era, ttlMs: 60_000, tools: offering([GOOD]) });
    const servers = connected();
    const ask = (maxAgeMs: number) => servers.definitions(ref(simulator.url), { maxAgeMs });
    await Promise.all(Array.from({ length: 20 }, () => ask(60_000)));
    await ask(60_000);
    expect(listsOf(simulator)).toBe(1);

    await ask(0);
    expect(listsOf(simulator)).toBe(2);
  });

  it.each([-1, 0])(
    'are asked for again when their server says that they are good for %d ms',
    async (ttlMs) => {
      const simulator = await simulated({ era, ttlMs, tools: offering([GOOD]) });
      const servers = connected();
      await servers.definitions(ref(simulator.url), { maxAgeMs: 60_000 });
      await servers.definitions(ref(simulator.url), { maxAgeMs: 60_000 });

      expect(listsOf(simulator)).toBe(2);
    },
  );

  it('are asked for again when their server says that they changed', async () => {
    const simulator = await simulated({ era, tools: offering([GOOD]) });
    const servers = connected();
    const ask = async () => (await servers.definitions(ref(simulator.url), { maxAgeMs: 600_000 })).tools;
    expect(await ask()).toEqual([GOOD]);
    await until(() => simulator.listening > 0);

    await simulator.offer(offering([{ ...GOOD, name: 'other' }]));

    await until(async () => (await ask())[0]?.name === 'other');
  });

  it('are asked for again when a call says in its answer that they changed', async () => {
    const simulator = await simulated({ era, ttlMs: 600_000, tools: offering([GOOD]) });
    const servers = connected();
    const ask = () => servers.definitions(ref(simulator.url), { maxAgeMs: 600_000 });
    await ask();
    simulator.arm({ method: 'tools/call', fault: mcpFaults.announces() });
    const context = { signal: AbortSignal.timeout(20_000), effectKey: 'K' };
    await servers.call(ref(simulator.url), { definition: GOOD, args: {} }, context);
    await ask();

    expect(listsOf(simulator)).toBe(2);
  });

  it('are asked for again after the server was started again', async () => {
    const simulator = await simulated({ era, tools: offering([GOOD]) });
    const servers = connected();
    await servers.definitions(ref(simulator.url), { maxAgeMs: 0 });
    simulator.forgetSessions();
    simulator.world.identity = { name: 'other', version: '1' };

    expect(await servers.definitions(ref(simulator.url), { maxAgeMs: 0 })).toMatchObject({
      tools: [GOOD],
      identity: { name: 'other' },
    });
  });

  it.each([
    ['a page for people', mcpFaults.html(), /text\/html/],
    ['an answer to something else', mcpFaults.wrongId(), /not asked/],
    ['a broken stream', mcpFaults.cutStream({ executes: false }), /broke/],
    ['50 MB', mcpFaults.huge(), /more than 4096 KiB/],
    ['a redirect', mcpFaults.redirect('/'), /redirects/],
    ['500', mcpFaults.status(500), /status 500/],
    ['no list', mcpFaults.noContent(), /no list/],
  ])('cannot be looked at when the answer is %s', async (_, fault, reason) => {
    const simulator = await simulated({ era, tools: offering([GOOD]) });
    simulator.arm({ method: 'tools/list', fault, times: 2 });

    await expect(connected().definitions(ref(simulator.url), { maxAgeMs: 0 })).rejects.toMatchObject({
      code: 'mcp.unreachable',
      message: expect.stringMatching(reason),
    });
  });
});

describe('several servers', () => {
  it('are looked at each for itself: one that is down or silent hides no other', async () => {
    const up = await simulated({ tools: offering([GOOD]) });
    const down = await simulated({});
    const silent = await simulated({});
    await down.close();
    silent.arm({ method: 'server/discover', fault: mcpFaults.silence(), times: 9 });
    const servers = connected();
    const waiting = servers.definitions(ref(silent.url), { maxAgeMs: 0 }).catch(() => 'silent');

    await expect(servers.definitions(ref(down.url), { maxAgeMs: 0 })).rejects.toMatchObject({
      message: expect.stringMatching(/refuses the connection/),
    });
    expect((await servers.definitions(ref(up.url), { maxAgeMs: 0 })).tools).toEqual([GOOD]);
    await servers.close();
    expect(await waiting).toBe('silent');
  });
});

function offering(definitions: readonly unknown[]): McpSimTool[] {
  return definitions.map((definition) => ({ definition }));
}

function withProperty(property: object) {
  return { ...GOOD, name: 'bad', inputSchema: { type: 'object', properties: { a: property } } };
}

function nested(levels: number): object {
  return levels === 0 ? { type: 'string' } : { type: 'array', items: nested(levels - 1) };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
