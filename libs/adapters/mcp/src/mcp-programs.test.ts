import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import { mcpStdioProgram } from '@openloop/simulators';
import type { ServerRef, WriteResult } from '@openloop/tools';

import { McpServers } from './mcp-servers.js';

type Options = Parameters<typeof mcpStdioProgram>[0];

const TOOL = { name: 'deploy', description: 'Deploys', inputSchema: { type: 'object' } };
const REF: ServerRef = { server: 'stdio:bot', credentials: null, headers: {}, timeoutMs: 3_000 };

let servers: McpServers;
afterEach(() => servers.close());

function start(options: Options = {}): void {
  const bot = mcpStdioProgram({ definitions: [TOOL, { name: 'bad' }], ...options });
  servers = new McpServers({ env: () => undefined, programs: { bot }, path: '/usr/bin:/bin' });
}

async function call(name = 'deploy', timeoutMs = 3_000): Promise<WriteResult> {
  const definition = { ...TOOL, name };
  const context = { signal: AbortSignal.timeout(20_000), effectKey: 'KEY' };
  return servers.call({ ...REF, timeoutMs }, { definition, args: { to: 'prod' } }, context);
}

describe.each<'legacy' | 'modern'>(['legacy', 'modern'])('a program that speaks the %s protocol', (era) => {
  it('is started when it is first needed, lists its tools and carries calls out', async () => {
    start({ era });
    const { tools, excluded, identity } = await servers.definitions(REF, { maxAgeMs: 0 });

    expect(tools.map(({ name }) => name)).toEqual(['deploy', 'process']);
    expect(excluded).toEqual([{ name: 'bad', reason: expect.stringMatching(/schema/) }]);
    expect(identity).toMatchObject({ host: 'stdio:bot', name: 'simulated' });
    expect(await call()).toMatchObject({ kind: 'done', data: { content: [{ text: '{"to":"prod"}' }] } });
  });

  it.each<['exit' | 'silence' | 'wrong_id' | 'huge', RegExp]>([
    ['exit', /ended before/],
    ['silence', /in time/],
    ['wrong_id', /in time/],
    ['huge', /longer than 256 KiB/],
  ])('whose answer to a write is %s leaves it unknown, and the next call works', async (trouble, reason) => {
    const place = await mkdtemp(join(tmpdir(), 'mcp-'));
    const ledger = join(place, 'ledger');
    start({ era, ledger, trouble: { deploy: trouble } });
    await servers.definitions(REF, { maxAgeMs: 0 });

    expect(await call('deploy', 500)).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) });
    expect(await call('process')).toMatchObject({ kind: 'done' });
    const sent = (await readFile(ledger, 'utf8')).split('\n').filter((line) => line.includes('"deploy"'));
    expect(sent).toEqual([expect.stringContaining('"openloop/effect":"KEY"')]);
    await rm(place, { recursive: true });
  });
});

describe('a program', () => {
  it('that ends at a question of the newer protocol is started again in the older one', async () => {
    start({ era: 'legacy', endsWhenProbed: true });

    expect((await servers.definitions(REF, { maxAgeMs: 0 })).tools).toHaveLength(2);
  });

  it('that cannot be started is unreachable, and a write to it has failed', async () => {
    const bot = { command: '/nowhere/at-all', args: [] };
    servers = new McpServers({ env: () => undefined, programs: { bot } });

    await expect(servers.definitions(REF, { maxAgeMs: 0 })).rejects.toMatchObject({
      message: 'The MCP server stdio:bot cannot be started (ENOENT)',
    });
    expect(await call()).toMatchObject({ kind: 'failed' });
  });

  it('that keeps ending is started more and more rarely', async () => {
    const bot = { command: process.execPath, args: ['-e', 'process.exit(1)'] };
    servers = new McpServers({ env: () => undefined, programs: { bot } });
    const messages = [];
    for (let i = 0; i < 3; i += 1) {
      messages.push(await servers.definitions(REF, { maxAgeMs: 0 }).catch((error: Error) => error.message));
    }

    expect(messages.at(-1)).toMatch(/is started again in \d+ s/);
  });

  it('ends with us', async () => {
    start({ era: 'legacy' });
    const pid = await pidOf();
    await servers.close();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('that does not want to end is ended', async () => {
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e3);';
    const pid = Number(await wordsOf(`${stubborn} const words = String(process.pid);`));
    await servers.close();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is given its declared variables and PATH, and nothing else of ours', async () => {
    const words = await wordsOf('const words = Object.entries(process.env).join(" ");', {
      BOT: 'tok-0123456789',
    });

    // Its own secret is masked on the way back.
    expect(words.split(' ').toSorted()).toEqual(['BOT,[secret]', 'PATH,/usr/bin:/bin']);
  });
});

/** What a program says when it refuses everything with the words that its code makes. */
async function wordsOf(code: string, env: Record<string, string> = {}): Promise<string> {
  const answering =
    'process.stdin.on("data", (line) => console.log(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(line).id, error: { code: -32601, message: words } })))';
  const bot = { command: process.execPath, args: ['-e', `${code} ${answering}`], env };
  servers = new McpServers({ env: () => undefined, programs: { bot }, path: '/usr/bin:/bin' });
  const failure = await servers.definitions(REF, { maxAgeMs: 0 }).catch((error: Error) => error.message);
  return /“(.*)”/.exec(String(failure))?.[1] ?? '';
}

async function pidOf(): Promise<number> {
  const result = await call('process');
  if (result.kind !== 'done') throw new Error(result.kind);
  return Number(/\d+/.exec(result.summary)?.[0]);
}
