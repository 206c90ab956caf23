import { afterEach, describe, expect, it } from '@jest/globals';
import type { StepView, UsageLine, UsageReport } from '@openloop/api-contract';
import { exampleBudget, exampleRun } from '@openloop/api-contract/testing';

import { runCli } from '../testing/run-cli.js';
import { page, Stage } from '../testing/servers.js';

const stage = new Stage();

afterEach(() => stage.clear());

describe('usage', () => {
  it('shows real and simulated spend apart, the budget, and what has no price', async () => {
    const lines = [
      line({ cost_usd: '11.84' }),
      line({ cost_usd: '19.36', unpriced_calls: 2 }),
      line({ cost_usd: '0.0031', simulated: true }),
    ];
    const { env } = await stage.serve({ 'usage.report': () => report(lines) });

    const { stdout } = await runCli(['usage'], { env });

    expect(stdout).toMatch(/^AGENT +MODEL +RUNS +IN TOK +OUT TOK +COST +KIND\n/);
    expect(stdout).toMatch(/^demo +openai\/gpt-4o-mini +412 +1,204,331 +98,220 +\$11\.84 +real$/m);
    expect(stdout).toContain('TOTAL $31.20 real\nTOTAL $0.0031 simulated\n');
    expect(stdout).toContain('demo  ▓▓▓▓▓▓░░░░ 62 % of $50.00, then block; resets 2026-12-01');
    expect(stdout).toContain('2 calls without a known price');
  });

  it('asks for a month as a half-open period and for its own groups', async () => {
    const { env, server } = await stage.serve({
      'usage.report': () => report([line({ group: { day: '2026-12-31' } })]),
    });

    const { stdout } = await runCli(['usage', '--month', '2026-12', '--group-by', 'day,user', '-o', 'csv'], {
      env,
    });

    expect(stdout).toBe(
      'day,user,runs,in_tok,out_tok,cost,kind,unpriced\r\n2026-12-31,,412,1204331,98220,1.00,real,0\n',
    );
    expect(server.callsOf('usage.report')[0]?.query).toEqual({
      group_by: ['day', 'user'],
      since: new Date('2026-12-01T00:00:00Z'),
      until: new Date('2027-01-01T00:00:00Z'),
    });
  });
});

describe('keys', () => {
  const key = {
    id: 'key_1',
    name: 'ci',
    prefix: 'olk_abc',
    scopes: ['runs:read' as const],
    for: '@ci',
    created_at: '2026-11-20T14:02:11.402Z',
    expires_at: null,
    revoked_at: null,
    last_used_at: null,
  };

  it('prints a new key alone on stdout', async () => {
    const { env, server } = await stage.serve({ 'keys.create': () => ({ ...key, key: 'olk_whole' }) });
    const args = [
      'keys',
      'create',
      'ci',
      '--for',
      '@ci',
      '--scope',
      'runs:read,usage:read',
      '--scope',
      'audit:read',
      '--expires-in-days',
      '30',
    ];

    expect(await runCli(args, { env })).toMatchObject({ exitCode: 0, stdout: 'olk_whole\n' });
    expect(server.callsOf('keys.create')[0]?.body).toEqual({
      name: 'ci',
      for: '@ci',
      scopes: ['runs:read', 'usage:read', 'audit:read'],
      expires_in_days: 30,
    });
  });

  it('lists states and revokes', async () => {
    const dead = { ...key, revoked_at: '2026-11-20T14:02:11.402Z' };
    const { env, server } = await stage.serve({
      'keys.list': () => page([key, dead]),
      'keys.revoke': () => dead,
    });

    expect((await runCli(['keys', 'list'], { env })).stdout).toMatch(/active[^]*revoked/);
    expect(await runCli(['keys', 'revoke', 'key_1'], { env })).toMatchObject({
      stdout: 'key_1 (ci) is revoked\n',
    });
    expect(server.callsOf('keys.revoke')[0]?.params).toEqual({ id: 'key_1' });
  });
});

describe('runs trace', () => {
  it('shows replies and calls as a tree', async () => {
    const { env } = await stage.serve({ 'runs.steps': () => ({ run: exampleRun(), steps: [step()] }) });

    const { stdout } = await runCli(['runs', 'trace', 'run_0000AAAA'], { env });

    expect(stdout.split('\n')).toEqual([
      'run_0000AAAA  demo rev 8  completed · terminal · @operator  total 0 ms  $0.0031 simulated',
      '├─ model  sim/demo  1.9 s  1,204→86 tok  price unknown',
      '├─ tool   demo.issues:read  read  400 ms  3 issues',
      '└─ tool   demo.issues:write  done (apr_07Q2M9K8)  –  demo/ingestion#1',
      '',
    ]);
  });
});

function step(): StepView {
  const times = { started_at: '2026-11-20T14:02:13.000Z', finished_at: '2026-11-20T14:02:13.400Z' };
  const none = { summary: null, approval: null, action: null, started_at: null, finished_at: null };
  const outcome = { summary: null, reason: null, external_id: 'demo/ingestion#1', url: null };
  return {
    step: 1,
    model: 'sim/demo',
    input_tokens: 1204,
    output_tokens: 86,
    cost_usd: null,
    simulated: true,
    text: null,
    started_at: '2026-11-20T14:02:11.000Z',
    finished_at: '2026-11-20T14:02:12.900Z',
    calls: [
      {
        ...none,
        ...times,
        id: '1',
        permission: 'demo.issues:read',
        name: 'demo_issues_read',
        outcome: 'read',
        summary: '3 issues',
      },
      {
        ...none,
        id: '2',
        permission: 'demo.issues:write',
        name: 'demo_issues_write',
        outcome: 'action',
        approval: 'apr_01JQ00000000000000007Q2M9K8',
        action: { id: 'act_1', state: 'done', outcome },
      },
    ],
  };
}

function line(changes: Partial<UsageLine>): UsageLine {
  return {
    group: { agent: 'demo', model: 'openai/gpt-4o-mini' },
    simulated: false,
    runs: 412,
    input_tokens: 1_204_331,
    output_tokens: 98_220,
    cost_usd: '1.00',
    unpriced_calls: 0,
    ...changes,
  };
}

function report(lines: UsageLine[]): UsageReport {
  return {
    since: '2026-11-01T00:00:00.000Z',
    until: '2026-12-01T00:00:00.000Z',
    currency: 'USD',
    lines,
    budgets: [exampleBudget()],
    prices_as_of: '2026-11-01',
  };
}
