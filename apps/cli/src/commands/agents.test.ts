import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApplyPlan, PlanEntry } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { runCli, startCli } from '../testing/run-cli.js';
import { Stage } from '../testing/servers.js';

const stage = new Stage();

afterEach(() => stage.clear());

const GOOD = agentYaml('demo');
const TYPO = GOOD.replace('monthly_usd', 'montly_usd');

const UNKNOWN_TOOL = {
  severity: 'error' as const,
  code: 'unknown_tool',
  message: 'no tool "demo"',
  file: 'a.yaml',
  line: 6,
  column: 5,
  path: 'spec',
};

describe('agents validate', () => {
  it('accepts good files without any server', async () => {
    const cwd = await stage.folder({
      'agents/a.yaml': GOOD,
      'agents/b.yml': agentYaml('other'),
      'agents/README.md': '# no',
    });

    const { exitCode, stdout, stderr } = await runCli(['validate', '-f', 'agents'], { cwd });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      '✓ 2 agents in 2 files: no problems (checked without a server: tools, prices and people were not looked at; add --server)\n',
    );
  });

  it('shows every error of every file with its place, the line and what was meant, with exit 3', async () => {
    const cwd = await stage.folder({ 'a.yaml': TYPO, 'b.yaml': agentYaml('Bad Name'), 'c.yaml': GOOD });

    const { exitCode, stdout, stderr } = await runCli(['agents', 'validate', '-f', '.'], { cwd });

    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/a\.yaml:\d+:\d+ {2}error {2}.*montly_usd/);
    expect(stderr).toContain('did you mean "monthly_usd"?');
    expect(stderr).toContain('    montly_usd: 5');
    expect(stderr).toMatch(/b\.yaml:\d+:\d+/);
    expect(stderr).toContain('error: 2 errors in 3 files');
  });

  it('prints problems as JSON or as workflow annotations on stdout', async () => {
    const cwd = await stage.folder({ 'a.yaml': TYPO });

    const json = await runCli(['validate', '-f', 'a.yaml', '-o', 'json'], { cwd });
    const github = await runCli(['validate', '-f', 'a.yaml', '--format', 'github'], { cwd });

    expect(JSON.parse(json.stdout)).toEqual([
      expect.objectContaining({
        file: 'a.yaml',
        code: 'unknown_key',
        line: expect.any(Number),
        suggestion: 'monthly_usd',
      }),
    ]);
    expect(github.stdout).toMatch(/^::error file=a\.yaml,line=\d+,col=\d+/);
    expect([json.exitCode, github.exitCode]).toEqual([3, 3]);
  });

  it('finds one agent in two files', async () => {
    const cwd = await stage.folder({ 'a.yaml': GOOD, 'b.yaml': GOOD });

    expect(await runCli(['validate', '-f', '.'], { cwd })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('agent acme/demo is there twice'),
    });
  });

  it('takes stdin, globs and folders below folders', async () => {
    const cwd = await stage.folder({ 'agents/team/a.yaml': GOOD });

    expect(await runCli(['validate', '-f', '-'], { cwd, input: GOOD })).toMatchObject({ exitCode: 0 });
    expect(await runCli(['validate', '-f', 'agents/*/*.yaml'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(await runCli(['validate', '-R', '-f', 'agents'], { cwd })).toMatchObject({ exitCode: 0 });
  });

  it('asks the server that every command would ask, and shows what only that one knows', async () => {
    const { server, env } = await stage.serve({ 'agents.validate': () => ({ problems: [UNKNOWN_TOOL] }) });
    const cwd = await stage.folder({
      'a.yaml': GOOD,
      'dev/.openloop/dev.json': JSON.stringify({ url: server.url, key: 'olk_dev' }),
      'dev/a.yaml': GOOD,
    });

    for (const answered of [
      await runCli(['validate', '-f', 'a.yaml', '--server', server.url], { cwd }),
      await runCli(['validate', '-f', 'a.yaml'], { cwd, env }),
      await runCli(['validate', '-f', 'a.yaml'], { cwd: join(cwd, 'dev') }),
    ]) {
      expect(answered.exitCode).toBe(3);
      expect(answered.stderr).toContain('a.yaml:6:5  error  no tool "demo"');
    }
  });

  it('asks no server with --offline, and says whom it asked otherwise', async () => {
    const { server, env } = await stage.serve({ 'agents.validate': () => ({ problems: [] }) });
    const cwd = await stage.folder({ 'a.yaml': GOOD });

    const offline = await runCli(['validate', '-f', 'a.yaml', '--offline'], { cwd, env });
    expect(offline.stdout).toContain('checked without a server');
    expect(server.received).toEqual([]);
    expect((await runCli(['validate', '-f', 'a.yaml'], { cwd, env })).stdout).toBe(
      `✓ 1 agent in 1 file: no problems (checked with ${server.url})\n`,
    );
    expect(
      await runCli(['validate', '-f', 'a.yaml', '--offline', '--server', server.url], { cwd }),
    ).toMatchObject({ exitCode: 2 });
  });

  it('goes on without a server that is away, unless it was named', async () => {
    const cwd = await stage.folder({ 'a.yaml': GOOD });
    const away = 'http://127.0.0.1:1';

    expect(await runCli(['validate', '-f', 'a.yaml'], { cwd, env: { OPENLOOP_SERVER: away } })).toMatchObject(
      {
        exitCode: 0,
        stdout: expect.stringContaining('checked without a server'),
        stderr: expect.stringContaining(`The server was not asked: Cannot reach ${away}`),
      },
    );
    expect(await runCli(['validate', '-f', 'a.yaml', '--server', away], { cwd })).toMatchObject({
      exitCode: 7,
    });
  });

  it.each([
    ['nothing.yaml', 'There is no file nothing.yaml'],
    ['*.nope', 'No .yaml, .yml or .json file matches *.nope'],
    ['empty', 'empty holds no .yaml, .yml or .json file'],
    ['loop.yaml', 'loop.yaml is a symbolic link that leads back to itself'],
    ['-', 'Nothing came from stdin'],
  ])('says what is wrong with -f %s', async (target, words) => {
    const cwd = await stage.folder({ 'empty/readme.txt': '' });
    await symlink(join(cwd, 'loop.yaml'), join(cwd, 'loop.yaml'));

    const { exitCode, stderr } = await runCli(['validate', '-f', target], { cwd });

    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe('apply', () => {
  it('plans, applies what was planned, and says what it did', async () => {
    const { env, cwd, server } = await applying([entry({ widens: ['may use demo.issues:write'] })]);

    const { exitCode, stdout, stderr } = await runCli(['apply', '-f', 'a.yaml', '-m', 'more money'], {
      env,
      cwd,
    });

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '  ✓ demo  rev 8\n' });
    expect(stderr).toContain('  ~ demo  rev 7 → 8');
    expect(stderr).toContain('spec.budget.monthly_usd  5 → 75');
    expect(stderr).toContain('spec.approvals.require_for  + demo.pulls:write');
    expect(stderr).toContain('! may use demo.issues:write');
    expect(server.callsOf('agents.apply').map(({ body }) => body)).toEqual([
      expect.objectContaining({ dry_run: true }),
      expect.objectContaining({ dry_run: false, message: 'more money', expect: { demo: 7 } }),
    ]);
  });

  it('of the same file says unchanged, changes nothing, exit 0', async () => {
    const { env, cwd, server } = await applying([
      entry({ change: 'unchanged', revision_after: 7, changes: [] }),
    ]);

    expect(await runCli(['apply', '-f', 'a.yaml'], { env, cwd })).toMatchObject({
      exitCode: 0,
      stdout: '  = demo  rev 7   unchanged\n',
    });
    expect(server.callsOf('agents.apply')).toHaveLength(1);
  });

  it('of a folder with one bad file applies nothing and lists every error', async () => {
    const { env, server } = await applying([entry()]);
    const cwd = await stage.folder({
      'a.yaml': GOOD,
      'b.yaml': TYPO.replace('demo', 'b'),
      'c.yaml': 'kind: Agents\n',
    });

    const { exitCode, stderr } = await runCli(['apply', '-f', '.'], { env, cwd });

    expect(exitCode).toBe(3);
    expect(stderr).toContain('b.yaml');
    expect(stderr).toContain('c.yaml');
    expect(stderr).toContain('nothing was applied');
    expect(server.received).toEqual([]);
  });

  it('with --dry-run only plans', async () => {
    const { env, cwd, server } = await applying([entry()]);

    expect(await runCli(['apply', '-f', 'a.yaml', '--dry-run'], { env, cwd })).toMatchObject({
      exitCode: 0,
      stdout: '1 to change (dry run)\n',
    });
    expect(server.callsOf('agents.apply')).toHaveLength(1);
  });

  it.each([
    ['y', 0, 2],
    ['n', 1, 1],
    ['', 1, 1],
  ])('at a terminal asks before an agent may do more: "%s" is exit %d', async (typed, expected, calls) => {
    const { env, cwd, server } = await applying([entry({ widens: ['may use demo.issues:write'] })]);
    const cli = startCli(['apply', '-f', 'a.yaml'], { env, cwd, isTerminal: true });
    await cli.sees('Apply? [y/N]');
    cli.type(`${typed}\n`);

    expect(await cli.result).toMatchObject({ exitCode: expected });
    expect(server.callsOf('agents.apply')).toHaveLength(calls);
  });

  it('at a terminal takes no yes that was typed before the plan was there', async () => {
    const { env, cwd, server } = await applying([entry({ widens: ['may use demo.issues:write'] })]);
    const cli = startCli(['apply', '-f', 'a.yaml'], { env, cwd, isTerminal: true });
    cli.type('y\n');
    await cli.sees('Apply? [y/N]');
    cli.type('\n');

    expect(await cli.result).toMatchObject({ exitCode: 1 });
    expect(server.callsOf('agents.apply')).toHaveLength(1);
  });

  it.each([
    ['nothing widens', [], []],
    ['--yes says so', ['may use x'], ['--yes']],
  ])('at a terminal does not ask when %s', async (_, widens, flags) => {
    const { env, cwd } = await applying([entry({ widens })]);

    expect(await runCli(['apply', '-f', 'a.yaml', ...flags], { env, cwd, isTerminal: true })).toMatchObject({
      exitCode: 0,
    });
  });

  it('with --no-input at a terminal names the flag instead of asking', async () => {
    const { env, cwd, server } = await applying([entry({ widens: ['may use x'] })]);

    const { exitCode, stderr } = await runCli(['apply', '-f', 'a.yaml', '--no-input'], {
      env,
      cwd,
      isTerminal: true,
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('hint: use --yes');
    expect(server.callsOf('agents.apply')).toHaveLength(1);
  });

  it('ends with 6 when somebody else changed the agent meanwhile', async () => {
    const cwd = await stage.folder({ 'a.yaml': GOOD });
    const { env } = await stage.serve({
      'agents.apply': ({ body }) => {
        if (body.dry_run) return plan([entry()]);
        throw new AppError('conflict', 'agent_changed', 'demo was changed by @max 2 min ago', {
          hint: 'run the command again',
        });
      },
    });

    expect(await runCli(['apply', '-f', 'a.yaml'], { env, cwd })).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('hint: run the command again'),
    });
  });

  it('interrupted before the answer says that it was all or nothing, with 130', async () => {
    const cwd = await stage.folder({ 'a.yaml': GOOD });
    const { env, server } = await stage.serve({
      'agents.apply': ({ body }) => (body.dry_run ? plan([entry()]) : new Promise<never>(() => undefined)),
    });
    const cli = startCli(['apply', '-f', 'a.yaml'], { env, cwd });
    await server.heard('agents.apply', 2);
    cli.interrupt();

    expect(await cli.result).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('all of it was applied, or nothing'),
    });
  });

  it('shows what only the server found wrong', async () => {
    const problem = {
      severity: 'error' as const,
      code: 'approver_unresolved',
      message: 'no such approver "@priyaa"',
      file: 'a.yaml',
      line: 3,
      column: 3,
      path: '',
    };
    const cwd = await stage.folder({ 'a.yaml': GOOD });
    const { env } = await stage.serve({ 'agents.apply': () => ({ ...plan([]), problems: [problem] }) });

    expect(await runCli(['apply', '-f', 'a.yaml'], { env, cwd })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('no such approver "@priyaa"'),
    });
  });

  it('takes --expect-revision for one agent only', async () => {
    const { env, cwd, server } = await applying([entry()]);
    await runCli(['apply', '-f', 'a.yaml', '--expect-revision', '4'], { env, cwd });
    const two = await stage.folder({ 'a.yaml': GOOD, 'b.yaml': agentYaml('other') });

    expect(server.callsOf('agents.apply').map(({ body }) => body)).toEqual([
      expect.objectContaining({ expect: { demo: 4 } }),
      expect.objectContaining({ expect: { demo: 4 } }),
    ]);
    expect(await runCli(['apply', '-f', '.', '--expect-revision', '4'], { env, cwd: two })).toMatchObject({
      exitCode: 2,
    });
  });
});

describe('diff', () => {
  it('shows whole documents as a unified diff, exit 1', async () => {
    const cwd = await stage.folder({ 'a.yaml': GOOD });
    const documents = { before: 'a: 1\nb: 2\nc: 3\n', after: 'a: 1\nb: 5\nc: 3\nd: 4\n' };
    const { env } = await stage.serve({
      'agents.diff': () => ({ ...plan([]), agents: [{ ...entry(), ...documents }] }),
    });

    expect(await runCli(['diff', '-f', 'a.yaml'], { env, cwd })).toEqual({
      exitCode: 1,
      stderr: '',
      stdout: '--- a/demo.yaml\n+++ b/demo.yaml\n@@ -1,3 +1,4 @@\n a: 1\n-b: 2\n+b: 5\n c: 3\n+d: 4\n',
    });
  });

  it('of the same is silent, exit 0', async () => {
    const cwd = await stage.folder({ 'a.yaml': GOOD });
    const same = { ...entry({ change: 'unchanged' }), before: 'a: 1\n', after: 'a: 1\n' };
    const { env } = await stage.serve({ 'agents.diff': () => ({ ...plan([]), agents: [same] }) });

    expect(await runCli(['diff', '-f', 'a.yaml'], { env, cwd })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('agents schema and export', () => {
  it('prints the schema without a server, and YAML as it was sent', async () => {
    const { env } = await stage.serve({ 'agents.export': () => GOOD });

    expect(JSON.parse((await runCli(['agents', 'schema'])).stdout)).toMatchObject({ type: 'object' });
    expect((await runCli(['agents', 'export', 'demo'], { env })).stdout).toBe(GOOD);
  });
});

async function applying(agents: PlanEntry[]) {
  const cwd = await stage.folder({ 'a.yaml': GOOD });
  return {
    cwd,
    ...(await stage.serve({ 'agents.apply': ({ body }) => ({ ...plan(agents), applied: !body.dry_run }) })),
  };
}

function plan(agents: PlanEntry[]): ApplyPlan {
  return { applied: false, problems: [], approvers: [], agents };
}

function entry(changes: Partial<PlanEntry> = {}): PlanEntry {
  return {
    name: 'demo',
    workspace: 'acme',
    change: 'change',
    revision_before: 7,
    revision_after: 8,
    changes: [
      { path: 'spec.budget.monthly_usd', before: 5, after: 75 },
      {
        path: 'spec.approvals.require_for',
        before: ['demo.issues:write'],
        after: ['demo.issues:write', 'demo.pulls:write'],
      },
    ],
    widens: [],
    ...changes,
  };
}

function agentYaml(name: string): string {
  return `apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata:
  name: ${name}
  workspace: acme
spec:
  model_policy:
    default: sim/demo
  budget:
    monthly_usd: 5
`;
}
