import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckView, ChecksReport } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';

import { runCli } from '../testing/run-cli.js';
import { Stage } from '../testing/servers.js';

const stage = new Stage();
afterEach(() => stage.clear());

const well: CheckView = { area: 'node', name: 'node', status: 'ok', words: '24.21.0', fix: null };
const odd: CheckView = { area: 'slack', name: 'scopes', status: 'warning', words: 'some', fix: 'Reinstall' };
const wrong: CheckView = {
  area: 'slack',
  name: 'bot token',
  status: 'error',
  words: 'gone',
  fix: 'Paste it',
};

describe('openloop doctor', () => {
  it('asks the running server and prints what is wrong with its fix', async () => {
    const { env } = await stage.serve({ 'checks.list': () => report(well, wrong) });
    const { exitCode, stdout } = await runCli(['doctor'], { env });

    expect(exitCode).toBe(1);
    expect(stdout).toContain('✗ bot token  gone');
    expect(stdout).toContain('Fix: Paste it');
    expect(stdout).toContain('1 error.');
  });

  it('asks for one area', async () => {
    const { env, server } = await stage.serve({ 'checks.list': () => report(well) });
    await runCli(['doctor', 'slack'], { env });

    expect(server.callsOf('checks.list')).toMatchObject([{ query: { area: ['slack'] } }]);
  });

  it.each<[string[], CheckView[], number]>([
    [[], [well], 0],
    [[], [well, odd], 0],
    [['--strict'], [well, odd], 1],
    [['--strict'], [well], 0],
    [[], [wrong], 1],
  ])('with %j and %j exits %i', async (flags, checks, expected) => {
    const { env } = await stage.serve({ 'checks.list': () => report(...checks) });

    expect((await runCli(['doctor', ...flags], { env })).exitCode).toBe(expected);
  });

  it('gives the answer of the API as JSON', async () => {
    const { env } = await stage.serve({ 'checks.list': () => report(odd) });
    const { stdout } = await runCli(['doctor', '-o', 'json'], { env });

    expect(JSON.parse(stdout)).toEqual(report(odd));
  });

  it('makes words from elsewhere harmless', async () => {
    const bad = { ...well, words: 'team \u001B[2Jx\nfake line' };
    const { env } = await stage.serve({ 'checks.list': () => report(bad) });
    const { stdout } = await runCli(['doctor'], { env });

    expect(stdout).not.toContain('\u001B');
    expect(stdout).toContain('team x fake line');
  });

  it.each<[string[], string[]]>([
    [['doctor'], ['doctor', '-o', 'table']],
    [
      ['doctor', 'disk', '--strict', '-o', 'json', '--no-color'],
      ['doctor', 'disk', '-o', 'json', '--strict', '--no-color'],
    ],
  ])('%j without a server runs the server’s program: %j', async (args, expected) => {
    const asked: (readonly string[])[] = [];
    const startRuntime = async (given: readonly string[]) => asked.push(given) + 40;
    const { exitCode, stderr } = await runCli(args, { startRuntime });

    expect(asked).toEqual([expected]);
    expect(exitCode).toBe(41);
    expect(stderr).toContain('looking without one');
  });

  it('runs it too when the server of this folder has stopped', async () => {
    const cwd = await stage.folder({ '.openloop/dev.json': '{"url":"http://127.0.0.1:9","key":"olk_x"}' });
    const { exitCode } = await runCli(['doctor'], { cwd, startRuntime: async () => 0 });

    expect(exitCode).toBe(0);
  });

  it('looks nowhere else when the server that was named does not answer', async () => {
    const { exitCode, stderr } = await runCli(['doctor', '--server', 'http://127.0.0.1:9']);

    expect(exitCode).toBe(7);
    expect(stderr).toContain('127.0.0.1:9');
  });

  it('says who may ask', async () => {
    const { env } = await stage.serve({
      'checks.list': () => {
        throw new AppError('forbidden', 'scope_required', 'This needs a key with the scope admin');
      },
    });

    expect((await runCli(['doctor'], { env })).exitCode).toBe(4);
  });

  it('refuses an area that is none', async () => {
    expect((await runCli(['doctor', 'nowhere'])).exitCode).toBe(2);
  });
});

function report(...data: CheckView[]): ChecksReport {
  const count = (status: CheckView['status']) => data.filter((check) => check.status === status).length;
  return { data, errors: count('error'), warnings: count('warning') };
}
