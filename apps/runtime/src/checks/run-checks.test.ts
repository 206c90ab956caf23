import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@openloop/kernel';

import { configChecks, strayNames } from './config-checks.js';
import { diskChecks, spaceWords } from './disk.js';
import { mcpChecks } from './mcp.js';
import { nodeChecks } from './node.js';
import { runChecks } from './run-checks.js';
import { slackAreaChecks } from './slack.js';
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

const MCP_TOOL =
  "  tools:\n    - name: logs\n      type: mcp\n      server: https://mcp.example.com\n      permissions: ['tail']\n  approvals:\n    approvers: ['@priya']\n";
const GPT = agentOf('triage', '  model_policy:\n    default: openai/gpt-4o-mini\n');

describe('the disk checks', () => {
  it('leave nothing behind in a folder that can be written to', async () => {
    const checks = await diskChecks(groundsOf({ OPENLOOP_DATA: folder }));

    expect(checkOf(checks, 'data folder')).toMatchObject({ status: 'ok' });
    await rm(folder, { recursive: false, force: true }).catch(() => undefined);
    expect(await diskChecks(groundsOf({ OPENLOOP_DATA: join(folder, 'not', 'yet') }))).toMatchObject([
      { status: 'ok', words: expect.stringContaining('first start') },
      {},
    ]);
  });

  it('notice where nothing can be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const checks = await diskChecks(groundsOf({ OPENLOOP_DATA: join(folder, 'file') }));

    expect(checkOf(checks, 'data folder')).toMatchObject({
      status: 'error',
      fix: expect.stringContaining('OPENLOOP_DATA'),
    });
  });

  it.each([
    [50 * 1024 ** 2, 'error'],
    [500 * 1024 ** 2, 'warning'],
    [5 * 1024 ** 3, 'ok'],
  ])('call %i bytes free %s', (bytes, status) => {
    expect(spaceWords(bytes).status).toBe(status);
  });
});

describe('the other checks', () => {
  it.each([
    ['18.19.0', 'error'],
    ['22.1.0', 'warning'],
    ['24.21.0', 'ok'],
  ])('call Node %s %s', async (version, status) => {
    expect(await nodeChecks(groundsOf(), undefined, version)).toMatchObject([{ status }]);
  });

  it('find the errors in agent files', async () => {
    await mkdir(join(folder, 'agents'));
    await writeFile(join(folder, 'agents', 'bad.yaml'), 'kind: Agent\n');
    const checks = await configChecks(groundsOf({ AGENTS_DIR: join(folder, 'agents') }));

    expect(checkOf(checks, 'agent files')).toMatchObject({
      status: 'error',
      fix: expect.stringContaining('openloop validate'),
    });
  });

  it('notice an open door without a key, and Redis beside an embedded database', async () => {
    const checks = await configChecks(groundsOf({ HOST: '0.0.0.0', REDIS_URL: 'redis://x' }));

    expect(checkOf(checks, 'admin key').status).toBe('warning');
    expect(checkOf(checks, 'size').status).toBe('warning');
  });

  it('notice a .env that others may read', async () => {
    const before = process.cwd();
    await writeFile(join(folder, '.env'), 'A=1\n');
    process.chdir(folder);
    try {
      await chmod('.env', 0o644);
      expect(checkOf(await configChecks(groundsOf()), '.env')).toMatchObject({
        status: 'warning',
        fix: 'chmod 600 .env',
      });
      await chmod('.env', 0o600);
      expect(checkOf(await configChecks(groundsOf()), '.env').status).toBe('ok');
    } finally {
      process.chdir(before);
    }
  });

  it('notice names that nothing reads', () => {
    expect(strayNames(['SLACK_TOKEN', 'SLACK_BOT_TOKEN', 'OPENLOOP_SERVER', 'PATH'])).toMatchObject([
      { status: 'warning', words: 'nothing reads SLACK_TOKEN' },
    ]);
  });

  it('look for the channels of the agents in Slack, and say who wants it when it is not connected', async () => {
    const agent = agentOf('dev', "  surfaces:\n    - type: slack\n      channel: '#dev'\n");
    const grounds = groundsOf({}, { agents: async () => [agent] });

    expect(await slackAreaChecks(grounds, never)).toMatchObject([
      { status: 'warning', fix: expect.stringContaining('slack setup') },
    ]);
    expect(await slackAreaChecks(groundsOf(), never)).toMatchObject([{ status: 'ok' }]);
  });

  it('name the MCP servers that nobody asked', async () => {
    const agents = async () => [agentOf('dev', MCP_TOOL)];

    expect(await mcpChecks(groundsOf({}, { agents }))).toMatchObject([
      { name: 'dev: logs', status: 'warning', words: expect.stringContaining('mcp.example.com') },
    ]);
  });

  it.each<[string, string[], string]>([
    ['ok', ['tail', 'head'], 'all 1'],
    ['warning', ['Tail'], 'without tail'],
  ])('call an MCP server %s that offers %j', async (status, names, words) => {
    const tools = names.map((name) => ({ name, description: '', inputSchema: {} }));
    const identity = { host: 'mcp.example.com', name: 'logs', version: '1' };
    const toolServers = { definitions: async () => ({ identity, tools, excluded: [] }) };
    const agents = async () => [agentOf('dev', MCP_TOOL)];
    const checks = await mcpChecks(groundsOf({}, { agents, toolServers }));

    expect(checks).toMatchObject([{ status, words: expect.stringContaining(words) }]);
  });

  it('say why an MCP server does not answer', async () => {
    const away = new AppError('unavailable', 'mcp.unreachable', 'mcp.example.com cannot be reached');
    const toolServers = { definitions: () => Promise.reject(away) };
    const agents = async () => [agentOf('dev', MCP_TOOL)];

    expect(await mcpChecks(groundsOf({}, { agents, toolServers }))).toMatchObject([
      { status: 'error', words: 'mcp.example.com cannot be reached' },
    ]);
  });
});

describe('all checks together', () => {
  it('take no longer than they may, and one that hangs keeps no other from its answer', async () => {
    const url = await web.serve(() => null);
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: url, OPENLOOP_DATA: folder };
    const report = await runChecks(groundsOf(env), ['models', 'disk'], 150);

    expect(report.data.find(({ area }) => area === 'models')).toMatchObject({
      status: 'error',
      fix: expect.any(String),
    });
    expect(report.data.filter(({ area }) => area === 'disk')).toHaveLength(2);
    expect(report.errors).toBe(1);
  });

  it('make a red line of a look that throws, without a driver’s words', async () => {
    const agents = () => Promise.reject(new Error('password hunter2'));
    const report = await runChecks(groundsOf({}, { agents }), ['models']);

    expect(report.data).toMatchObject([{ area: 'models', status: 'error' }]);
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });

  it('leave nothing that is wrong without a fix', async () => {
    const env = {
      GITHUB_TOKEN: 'x',
      GITHUB_API_URL: 'http://127.0.0.1:9',
      REDIS_URL: 'redis://127.0.0.1:9',
      OPENLOOP_DATA: folder,
    };
    const report = await runChecks(groundsOf(env, { agents: async () => [GPT] }), [
      'queue',
      'models',
      'github',
      'clock',
      'config',
    ]);
    const wrong = report.data.filter(({ status }) => status !== 'ok');

    expect(wrong.length).toBeGreaterThan(3);
    expect(wrong.filter(({ fix }) => fix === null)).toEqual([]);
  });
});
