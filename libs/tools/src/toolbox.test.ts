import { AppError } from '@openloop/kernel';
import { describe, expect, it } from '@jest/globals';
import { grantApproved, type Grant } from '@openloop/policy';
import { z } from 'zod';

import type { McpEntry } from './mcp-tool.js';
import type { Listed, ServerCall, ServerRef, ToolDefinition, ToolServers } from './tool-servers.js';
import type { ToolContext, WriteResult, WriteTool } from './tool.js';
import { Toolbox } from './toolbox.js';
import { ToolCatalog } from './tool-catalog.js';

const CONTEXT: ToolContext = { signal: new AbortController().signal, effectKey: 'KEY' };
const DONE: WriteResult = { kind: 'done', summary: 'Did it', data: { a: 1 }, externalId: 'KEY' };

/** Servers in memory, by address. An error stands for one that is down. */
class FakeServers implements ToolServers {
  readonly asked: string[] = [];
  readonly called: { server: string; call: ServerCall; effectKey: string }[] = [];
  result: WriteResult = DONE;

  constructor(readonly lists: Record<string, ToolDefinition[] | Error>) {}

  async definitions({ server }: ServerRef): Promise<Listed> {
    this.asked.push(server);
    const tools = this.lists[server] ?? [];
    if (tools instanceof Error) throw tools;
    return { identity: { host: server, name: 'fake', version: '1' }, tools, excluded: [EXCLUDED] };
  }

  async call({ server }: ServerRef, call: ServerCall, { effectKey }: ToolContext): Promise<WriteResult> {
    this.called.push({ server, call, effectKey });
    return this.result;
  }

  argumentsCheck() {
    return (args: unknown) => (JSON.stringify(args).includes('wrong') ? '#/a: must be right' : null);
  }
}

const EXCLUDED = { name: 'odd', reason: 'it has no schema' };
const DOWN = new AppError('unavailable', 'mcp.unreachable', 'The MCP server b refuses the connection');

function tool(name: string, about: Partial<ToolDefinition> = {}): ToolDefinition {
  return { name, description: `Does ${name}`, inputSchema: { type: 'object' }, ...about };
}

function entry(name: string, permissions: string[], about: Partial<McpEntry> = {}): McpEntry {
  const facts = { reads: [], credentials: null, headers: {}, timeoutMs: 1_000 };
  return { type: 'mcp', name, server: name, permissions, ...facts, ...about };
}

const native: WriteTool = {
  permission: 'github.issues:write',
  effect: 'write',
  description: 'Creates an issue',
  parameters: z.unknown(),
  describe: () => ({ summary: '', target: '', fields: [], risk: 'low' }),
  run: async () => DONE,
};

async function pinnedTo(servers: FakeServers, ...tools: McpEntry[]) {
  const toolbox = new Toolbox(new ToolCatalog([native]), servers);
  const { pins } = await toolbox.pin({ tools });
  servers.asked.length = 0;
  return { toolbox, owner: { agent: { tools }, pins } };
}

describe('pinning', () => {
  it('takes the definition of each permission by its exact name, and tells what is wrong with the others', async () => {
    const servers = new FakeServers({ a: [tool('list'), tool('List'), tool('lists')] });
    const tools = [{ type: 'native' as const, name: 'github' }, entry('a', ['list', 'LIST', 'odd'])];
    const { pins, problems } = await new Toolbox(new ToolCatalog([native]), servers).pin({ tools });

    expect(pins).toEqual([
      {
        permission: 'a.list',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        definition: tool('list'),
        server: { host: 'a', name: 'fake', version: '1' },
      },
    ]);
    expect(problems).toEqual([
      {
        code: 'mcp_tool_missing',
        tool: 'a',
        permission: 'LIST',
        message: '"a" has no tool called "LIST"',
        hint: 'it has list, List, lists',
      },
      {
        code: 'mcp_tool_excluded',
        tool: 'a',
        permission: 'odd',
        message: 'the tool "odd" of "a" is refused: it has no schema',
      },
    ]);
  });

  it('goes on without a server that is down', async () => {
    const servers = new FakeServers({ a: [tool('x')], b: DOWN, c: new Error('token=abc') });
    const tools = [entry('a', ['x']), entry('b', ['y']), entry('c', ['z'])];
    const { pins, problems } = await new Toolbox(new ToolCatalog([]), servers).pin({ tools });

    expect(pins.map(({ permission }) => permission)).toEqual(['a.x']);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['mcp_unreachable', 'the tools of "b" cannot be looked at: The MCP server b refuses the connection'],
      ['mcp_unreachable', 'the tools of "c" cannot be looked at: its server cannot be reached'],
    ]);
  });

  it('reports a function name that a built-in tool has', async () => {
    const servers = new FakeServers({ github: [tool('issues_write')] });
    const { toolbox } = await pinnedTo(servers);

    expect(await toolbox.pin({ tools: [entry('github', ['issues_write'])] })).toMatchObject({
      pins: [],
      problems: [{ code: 'tool_name_collision', message: expect.stringContaining('github_issues_write') }],
    });
  });
});

describe('the tools of an agent', () => {
  it('are the built-in catalog itself when it names no server, and nobody is asked', async () => {
    const servers = new FakeServers({});
    const { toolbox, owner } = await pinnedTo(servers);

    expect(await toolbox.of(owner, { maxAgeMs: 0 })).toBe(toolbox.native);
    expect(servers.asked).toEqual([]);
  });

  it('are looked at only on the servers that are about to be used', async () => {
    const servers = new FakeServers({ a: [tool('x')], b: [tool('y')] });
    const { toolbox, owner } = await pinnedTo(servers, entry('a', ['x']), entry('b', ['y']));
    const catalog = await toolbox.of(owner, { maxAgeMs: 0, functions: ['b_y', 'github_issues_write'] });

    expect(servers.asked).toEqual(['b']);
    expect(catalog.check({ name: 'b_y', arguments: {} })).toMatchObject({ kind: 'checked' });
    expect(catalog.check({ name: 'a_x', arguments: {} })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/nobody asked/),
    });
  });

  it('never stand in for a built-in tool', async () => {
    const servers = new FakeServers({ github: [tool('issues:write')] });
    const { toolbox, owner } = await pinnedTo(servers, entry('github', ['issues:write']));
    const pin = { ...STRAY_PIN, permission: 'github.issues:write' as const };
    const catalog = await toolbox.of({ ...owner, pins: [pin] }, { maxAgeMs: 0 });

    expect(catalog.offer(['github.issues:write'])[0]?.description).toBe('Creates an issue');
  });

  it('do not include a pin that the agent no longer names', async () => {
    const servers = new FakeServers({ a: [tool('x')] });
    const { toolbox, owner } = await pinnedTo(servers, entry('a', ['x']));

    const catalog = await toolbox.of({ ...owner, agent: { tools: [entry('a', ['y'])] } }, { maxAgeMs: 0 });
    expect(catalog.check({ name: 'a_x', arguments: {} })).toMatchObject({ kind: 'rejected' });
  });

  it('are writes unless the administrator says that they read, whatever their server says', async () => {
    const annotations = { readOnlyHint: true };
    const servers = new FakeServers({ a: [tool('x', { annotations }), tool('y', { annotations })] });
    const { toolbox, owner } = await pinnedTo(servers, entry('a', ['x', 'y'], { reads: ['y'] }));
    const catalog = await toolbox.of(owner, { maxAgeMs: 0 });

    expect(catalog.permissions().slice(1)).toEqual([
      { permission: 'a.x', effect: 'write' },
      { permission: 'a.y', effect: 'read' },
    ]);
  });

  it.each([
    [{ a: 'wrong' }, /#\/a: must be right/],
    [[], /must be an object/],
    ['{}', /must be an object/],
  ])('refuse the arguments %j', async (args, reason) => {
    const { toolbox, owner } = await pinnedTo(new FakeServers({ a: [tool('x')] }), entry('a', ['x']));
    const catalog = await toolbox.of(owner, { maxAgeMs: 0 });

    expect(catalog.check({ name: 'a_x', arguments: args })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(reason),
    });
  });

  it('describe a call by every argument, labelled, and say that its effect is not known', async () => {
    const { toolbox, owner } = await pinnedTo(new FakeServers({ a: [tool('x')] }), entry('a', ['x']));
    const catalog = await toolbox.of(owner, { maxAgeMs: 0 });
    const args = { title: 'A "title"\nand more', count: 3, force: true, to: { id: [1] }, 'a\u202eb': null };

    expect(catalog.describe({ permission: 'a.x', args })).toEqual({
      summary: 'Call x on a',
      target: 'a x',
      fields: [
        { label: 'title', value: 'A "title"\nand more' },
        { label: 'count', value: '3' },
        { label: 'force', value: 'true' },
        { label: 'to', value: '{\n  "id": [\n    1\n  ]\n}' },
        { label: 'a\\u{202e}b', value: 'null' },
      ],
      risk: 'medium',
      riskReason: 'what this tool does is known to its server only',
    });
  });
});

describe('running a tool of a server', () => {
  it('sends a write once with its effect key, and gives its end as it is', async () => {
    const servers = new FakeServers({ a: [tool('x')] });
    const { toolbox, owner } = await pinnedTo(servers, entry('a', ['x']));
    const catalog = await toolbox.of(owner, { maxAgeMs: 0 });
    servers.result = { kind: 'unknown', reason: 'The server did not answer in time' };

    expect(await catalog.carryOut(grantFor('a.x', 'write'), CONTEXT)).toEqual(servers.result);
    expect(servers.called).toEqual([
      { server: 'a', call: { definition: tool('x'), args: { n: 1 } }, effectKey: 'KEY' },
    ]);
    expect(
      await catalog.reconcile({ permission: 'a.x', args: {} }, { ...CONTEXT, since: new Date(0) }),
    ).toMatchObject({
      kind: 'cannot_tell',
    });
  });

  it('gives what a read found, and throws the server’s words when it failed', async () => {
    const servers = new FakeServers({ a: [tool('x')] });
    const { toolbox, owner } = await pinnedTo(servers, entry('a', ['x'], { reads: ['x'] }));
    const catalog = await toolbox.of(owner, { maxAgeMs: 0 });
    expect(await catalog.read(grantFor('a.x', 'read'), CONTEXT)).toEqual({
      summary: 'Did it',
      data: { a: 1 },
    });

    servers.result = { kind: 'failed', reason: 'The server says it failed: “no such run”' };
    await expect(catalog.read(grantFor('a.x', 'read'), CONTEXT)).rejects.toThrow(servers.result.reason);
  });

  it('sends nothing when its server cannot be reached any more', async () => {
    const servers = new FakeServers({ a: [tool('x')] });
    const { toolbox, owner } = await pinnedTo(servers, entry('a', ['x']));
    servers.lists['a'] = DOWN;
    const catalog = await toolbox.of(owner, { maxAgeMs: 0 });

    expect(await catalog.carryOut(grantFor('a.x', 'write'), CONTEXT)).toEqual({
      kind: 'failed',
      reason: 'a.x cannot be used now: The MCP server b refuses the connection',
    });
    expect(servers.called).toEqual([]);
    expect(() => catalog.describe({ permission: 'a.x', args: {} })).toThrow(/cannot be used now/);
  });
});

const STRAY_PIN = {
  digest: '0',
  definition: tool('issues:write'),
  server: { host: 'github', name: 'fake', version: '1' },
};

/** Only the policy makes grants. */
function grantFor(permission: 'a.x', effect: 'read' | 'write'): Grant {
  const call = { permission, effect, args: { n: 1 } };
  return grantApproved(call, { approvalState: 'approved', decidedDigest: 'd', sendDigest: 'd' });
}
