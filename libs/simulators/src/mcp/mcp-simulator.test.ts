import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { mcpFaults } from './mcp-faults.js';
import { McpSimulator } from './mcp-simulator.js';
import { mcpStdioProgram } from './mcp-stdio-program.js';
import type { McpEra } from './mcp-world.js';

const TOOL = { name: 'echo', description: 'Echoes', inputSchema: { type: 'object' } };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function aClient(): Client {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  open.unshift(client);
  return client;
}

async function simulated(options: ConstructorParameters<typeof McpSimulator>[0] = {}): Promise<McpSimulator> {
  const simulator = await new McpSimulator({ tools: [{ definition: TOOL }], ...options }).listen();
  open.push(simulator);
  return simulator;
}

async function connectedTo(simulator: McpSimulator): Promise<Client> {
  const client = aClient();
  await client.connect(new StreamableHTTPClientTransport(new URL(simulator.url)));
  return client;
}

const CASES: [McpEra, 'json' | 'sse', 'legacy' | 'modern'][] = [
  ['legacy', 'json', 'legacy'],
  ['legacy', 'sse', 'legacy'],
  ['modern', 'json', 'modern'],
  ['modern', 'sse', 'modern'],
  ['both', 'json', 'modern'],
];

describe.each(CASES)('a server of era %s that answers with %s', (era, answers, spoken) => {
  it('is one that the real client lists, calls and hears from', async () => {
    const simulator = await simulated({ era, answers });
    const client = await connectedTo(simulator);
    const changed = new Promise<void>((resolve) =>
      client.setNotificationHandler('notifications/tools/list_changed', () => resolve()),
    );
    if (spoken === 'modern') await client.listen({ toolsListChanged: true });

    expect(client.getProtocolEra()).toBe(spoken);
    expect((await client.listTools()).tools).toEqual([TOOL]);
    expect(await client.callTool({ name: 'echo', arguments: { a: 1 } })).toMatchObject({
      content: [{ type: 'text', text: '{"a":1}' }],
    });
    expect(simulator.calls).toMatchObject([{ tool: 'echo', args: { a: 1 } }]);

    while (simulator.listening === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await simulator.offer([]);
    await changed;
  });

  it('pages its tools', async () => {
    const tools = ['a', 'b', 'c'].map((name) => ({ definition: { ...TOOL, name } }));
    const client = await connectedTo(await simulated({ era, answers, tools, pageSize: 2 }));

    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('misbehaves once for each arming, and knows whether the tool ran', async () => {
    const simulator = await simulated({ era, answers });
    const client = await connectedTo(simulator);
    simulator.arm({ method: 'tools/call', tool: 'other', fault: mcpFaults.status(500) });
    simulator.arm({ method: 'tools/call', tool: 'echo', fault: mcpFaults.status(503) });
    const call = () => client.callTool({ name: 'echo', arguments: {} });

    await expect(call()).rejects.toMatchObject({ data: { status: 503 } });
    expect(await call()).toMatchObject({ content: [{ text: '{}' }] });
    expect([simulator.calls.length, simulator.armed]).toEqual([1, 1]);
  });
});

describe('the door', () => {
  it('lets in who has the token, and nobody with an old session', async () => {
    const simulator = await simulated({ era: 'legacy', bearer: 'right' });
    await expect(connectedTo(simulator)).rejects.toMatchObject({ data: { status: 401 } });

    const client = aClient();
    const requestInit = { headers: { authorization: 'Bearer right' } };
    await client.connect(new StreamableHTTPClientTransport(new URL(simulator.url), { requestInit }));
    expect((await client.listTools()).tools).toHaveLength(1);
    simulator.forgetSessions();
    await expect(client.listTools()).rejects.toMatchObject({ data: { status: 404 } });
  });

  it('refuses headers that are not what the body says', async () => {
    const { url } = await simulated({ era: 'modern' });
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', _meta: meta } };
    const post = async (name: string) => {
      const headers = { 'content-type': 'application/json', 'mcp-method': 'tools/call', 'mcp-name': name };
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };

    expect([await post('echo'), await post('other')]).toEqual([200, 400]);
  });
});

describe.each<McpEra>(['legacy', 'modern'])('the program of era %s', (era) => {
  it('is one that the real client starts, lists and calls', async () => {
    const client = aClient();
    await client.connect(new StdioClientTransport(mcpStdioProgram({ era, definitions: [TOOL] })));

    expect(client.getProtocolEra()).toBe(era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'process']);
    expect(await client.callTool({ name: 'echo', arguments: { a: 1 } })).toMatchObject({
      content: [{ text: '{"a":1}' }],
    });
  });
});
