import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApprovalView } from '@openloop/api-contract';
import { exampleApproval } from '@openloop/api-contract/testing';
import { AppError } from '@openloop/kernel';

import { runCli, startCli } from '../testing/run-cli.js';
import { page, Stage } from '../testing/servers.js';

const stage = new Stage();

afterEach(() => stage.clear());

const DIGEST = exampleApproval().digest;

describe('approvals list', () => {
  it('shows what is held now, and everything with --all', async () => {
    const { env, server } = await stage.serve({
      'approvals.list': () => page([exampleApproval({ risk: 'high' })]),
    });

    const { stdout } = await runCli(['approvals', 'list'], { env });
    await runCli(['approvals', 'list', '--all', '--mine', '--agent', 'demo'], { env });

    expect(stdout).toMatch(/^ID +AGE +STATUS +EXPIRES +RISK +AGENT +ACTION +TARGET +ASKED BY +SUMMARY\n/);
    expect(stdout).toMatch(/^apr_07Q2M9K8 +3 min ago +held +in \d+ d +HIGH +demo +demo\.issues:write/m);
    expect(server.callsOf('approvals.list').map(({ query }) => query)).toEqual([
      { status: ['held'], mine: false, limit: 50 },
      { mine: true, agent: 'demo', limit: 50 },
    ]);
  });
});

describe('approvals get', () => {
  it('prints the whole card, long values whole', async () => {
    const long = 'x'.repeat(900);
    const card = {
      ...exampleApproval().card,
      args: [{ label: 'body', value: `first\n${long}` }],
      diff: '-old\n+new',
    };
    const { env } = await stage.serve({ 'approvals.get': () => exampleApproval({ card }) });

    const { stdout } = await runCli(['approvals', 'get', 'apr_07Q2M9K8'], { env });

    expect(stdout).toContain(
      '⏳ Approval required: Create issue “Flaky test: ingest.spec” in demo/ingestion',
    );
    expect(stdout).toContain(long);
    expect(stdout).toContain('  -old\n  +new');
    expect(stdout).toContain('medium: public repository');
    expect(stdout).toContain("Agent's stated reason: “it failed 4 times this week”");
    expect(stdout).toContain(`apr_07Q2M9K8 · ${DIGEST.slice(0, 10)} · 1 of @operator`);
  });
});

describe('approvals approve', () => {
  it('shows the card, asks, and sends the digest of what it showed', async () => {
    const { env, server } = await deciding();
    const cli = startCli(['approvals', 'approve', 'apr_07Q2M9K8', '--reason', 'fine'], {
      env,
      isTerminal: true,
    });
    await cli.sees('Approve this? [y/N]');
    cli.type('y\n');

    const { exitCode, stdout, stderr } = await cli.result;

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: '✅ Approved, running… — approved by @operator\n',
    });
    expect(stderr).toContain('Flaky test: ingest.spec');
    expect(server.callsOf('approvals.approve')).toEqual([
      { params: { id: exampleApproval().id }, query: {}, body: { digest: DIGEST, reason: 'fine' } },
    ]);
  });

  it.each(['n\n', '\n', 'yep\n'])('decides nothing when %j is typed', async (typed) => {
    const { env, server } = await deciding();
    const cli = startCli(['approvals', 'approve', 'x'], { env, isTerminal: true });
    await cli.sees('Approve this? [y/N]');
    cli.type(typed);

    expect(await cli.result).toMatchObject({ exitCode: 1 });
    expect(server.callsOf('approvals.approve')).toEqual([]);
  });

  it('takes no yes that was typed before the card was there', async () => {
    const { env, server } = await deciding();
    const cli = startCli(['approvals', 'approve', 'x'], { env, isTerminal: true });
    cli.type('y\n');
    await cli.sees('Approve this? [y/N]');
    cli.type('n\n');

    expect(await cli.result).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Ignored 1 line typed too early.'),
    });
    expect(server.callsOf('approvals.approve')).toEqual([]);
  });

  it('never approves by itself without a terminal: it names the flag', async () => {
    const { env, server } = await deciding();

    const { exitCode, stderr } = await runCli(['approvals', 'approve', 'x'], { env, input: 'y\n' });

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`use --yes, or --digest ${DIGEST.slice(0, 10)}`);
    expect(server.callsOf('approvals.approve')).toEqual([]);
  });

  it('sends the digest it is given, so that what changed meanwhile is refused', async () => {
    const { env, server } = await deciding();

    await runCli(['approvals', 'approve', 'x', '--digest', 'aaaaaaaaaa'], { env });

    expect(server.callsOf('approvals.approve')[0]?.body).toEqual({ digest: 'aaaaaaaaaa' });
  });

  it('says who was first when it was decided already, with exit 6', async () => {
    const { env } = await stage.serve({
      'approvals.get': () => exampleApproval(),
      'approvals.approve': () => {
        throw new AppError('conflict', 'already_decided', 'Already denied by @max 4 s ago');
      },
    });

    expect(await runCli(['approvals', 'approve', 'x', '--yes'], { env })).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('error: Already denied by @max 4 s ago'),
    });
  });
});

describe('approvals deny', () => {
  it.each(['deny', 'reject'])('as "%s" sends the reason and says that nothing was changed', async (verb) => {
    const { env, server } = await deciding();

    const { exitCode, stdout } = await runCli(['approvals', verb, 'x', '--reason', 'duplicate'], { env });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('🚫 Denied by @operator (“duplicate”)');
    expect(stdout).toContain('nothing was changed');
    expect(server.callsOf('approvals.deny')[0]?.body).toEqual({ reason: 'duplicate' });
  });
});

async function deciding() {
  return stage.serve({
    'approvals.get': () => exampleApproval(),
    'approvals.approve': () => decided('approved', null),
    'approvals.deny': ({ body }) => decided('denied', body.reason ?? null),
  });
}

function decided(verdict: 'approved' | 'denied', reason: string | null): ApprovalView {
  const decision = { verdict, by: '@operator', via: 'terminal', at: '2026-11-20T14:05:12.000Z', reason };
  return exampleApproval({ status: verdict, decision });
}
