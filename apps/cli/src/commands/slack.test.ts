import { afterEach, describe, expect, it } from '@jest/globals';
import type { StepCheck } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';

import { runCli } from '../testing/run-cli.js';
import { Stage } from '../testing/servers.js';

const stage = new Stage();
afterEach(() => stage.clear());

const posted: StepCheck = { name: 'post', status: 'ok', words: 'the card is in #dev', fix: null };
const late: StepCheck = {
  name: 'press',
  status: 'error',
  words: 'nobody pressed',
  fix: 'Look at the tokens',
};

describe('openloop slack manifest', () => {
  it.each<[string[], string[]]>([
    [[], ['slack-manifest']],
    [
      ['--minimal', '--open'],
      ['slack-manifest', '--minimal', '--open'],
    ],
    [
      ['--http', 'https://x.dev', '--name', '-Odd name', '--out', 'm.json'],
      ['slack-manifest', '--http=https://x.dev', '--name=-Odd name', '--out=m.json'],
    ],
  ])('with %j hands %j to the server’s program', async (flags, expected) => {
    const { asked, startRuntime } = recorder();

    expect((await runCli(['slack', 'manifest', ...flags], { startRuntime })).exitCode).toBe(0);
    expect(asked).toEqual([expected]);
  });
});

describe('openloop slack setup', () => {
  it('is run by the server’s program, in front of this terminal', async () => {
    const { asked, startRuntime } = recorder();
    await runCli(['slack', 'setup', '--minimal'], { startRuntime, isTerminal: true });

    expect(asked).toEqual([['slack-setup', '--minimal']]);
  });

  it.each([
    [['--no-input'], true],
    [[], false],
  ])('with %j on a terminal (%s) says what to do instead of asking', async (flags, isTerminal) => {
    const { asked, startRuntime } = recorder();
    const { exitCode, stderr } = await runCli(['slack', 'setup', ...flags], { startRuntime, isTerminal });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('.env');
    expect(asked).toEqual([]);
  });

  it('takes no secret on the command line', async () => {
    const { exitCode } = await runCli(['slack', 'setup', '--token', 'xoxb-1'], { isTerminal: true });

    expect(exitCode).toBe(2);
  });
});

describe('openloop slack test', () => {
  it('asks the server to post, and prints the steps', async () => {
    const { env, server } = await stage.serve({
      'surfaces.test': () => ({ data: [posted], errors: 0, warnings: 0 }),
    });
    const { exitCode, stdout } = await runCli(['slack', 'test', '--channel', '#dev'], { env });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('✓ post  the card is in #dev');
    expect(server.callsOf('surfaces.test')).toMatchObject([
      { params: { name: 'slack' }, body: { channel: '#dev', within: 120 } },
    ]);
  });

  it('exits 1 when a step failed, with what to do', async () => {
    const { env } = await stage.serve({
      'surfaces.test': () => ({ data: [posted, late], errors: 1, warnings: 0 }),
    });
    const { exitCode, stdout } = await runCli(['slack', 'test', '--channel', '#dev', '--within', '5'], {
      env,
    });

    expect(exitCode).toBe(1);
    expect(stdout).toContain('Fix: Look at the tokens');
  });

  it('says so when the server is not connected to Slack', async () => {
    const { env } = await stage.serve({
      'surfaces.test': () => {
        throw new AppError('not_found', 'surfaces.not_connected', 'This server is not connected to slack');
      },
    });
    const { exitCode, stderr } = await runCli(['slack', 'test', '--channel', '#dev'], { env });

    expect(exitCode).toBe(5);
    expect(stderr).toContain('not connected to slack');
  });

  it.each([[['--channel', '#dev', '--within', 'soon']], [[]]])('refuses %j', async (flags) => {
    expect((await runCli(['slack', 'test', ...flags])).exitCode).toBe(2);
  });
});

function recorder() {
  const asked: (readonly string[])[] = [];
  const startRuntime = (given: readonly string[]) => {
    asked.push(given);
    return Promise.resolve(0);
  };
  return { asked, startRuntime };
}
