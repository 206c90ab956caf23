import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';
import { exampleAgent, exampleApproval, exampleRun } from '@openloop/api-contract/testing';

import { runCli, type CliSettings } from '../testing/run-cli.js';
import { page, Stage } from '../testing/servers.js';

const stage = new Stage();
const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await stage.clear();
});

describe('openloop __complete', () => {
  it.each<[string, string[], string[]]>([
    ['ap', [], ['apply', 'approvals']],
    ['', ['slack'], ['manifest', 'setup', 'test', 'help']],
    ['s', ['agent'], ['schema']],
    ['x', ['agents'], []],
    ['', ['completion'], ['bash', 'zsh', 'fish', 'powershell']],
    ['c', ['doctor'], ['config', 'clock']],
    ['--st', ['doctor'], ['--strict']],
    ['--no-', ['usage'], ['--no-color', '--no-input']],
    ['j', ['doctor', '-o'], ['json']],
    ['', ['doctor', '--output'], ['table', 'json']],
    ['--output=j', ['doctor', 'slack'], ['--output=json']],
    ['', ['help', 'slack'], ['manifest', 'setup', 'test']],
    ['', ['slack', 'manifest', '--http'], []],
    ['', ['--server', 'http://x', 'audit'], ['list', 'verify', 'export', 'help']],
    ['-', ['chat', '--'], []],
  ])('knows what “%s” after %j may become', async (current, earlier, expected) => {
    expect(await complete(current, earlier)).toEqual(expected);
  });

  it('never offers itself', async () => {
    expect(await complete('', [])).not.toContain('__complete');
  });

  it.each<[string[], string[]]>([
    [
      ['agents', 'get'],
      ['demo', 'triage'],
    ],
    [['chat'], ['demo', 'triage']],
    [
      ['runs', 'list', '--agent'],
      ['demo', 'triage'],
    ],
    [['approvals', 'approve'], ['apr_07Q2M9K8']],
    [['approvals', 'approve', '--yes'], ['apr_07Q2M9K8']],
    [['runs', 'trace'], ['run_0000AAAA']],
    [['agents', 'get', 'demo'], []],
  ])('asks the server what may follow %j', async (earlier, expected) => {
    const { env } = await serveNames();

    expect(await complete('', earlier, { env })).toEqual(expected);
  });

  it('asks only for what is held', async () => {
    const { env, server } = await serveNames();
    await complete('', ['approvals', 'deny'], { env });

    expect(server.callsOf('approvals.list')[0]?.query).toMatchObject({ status: ['held'] });
  });

  it('offers no name that a shell could take for more than a word', async () => {
    const { env } = await serveNames(['demo', '$(reboot)', '`id`', 'a b', 'x;y', "q'", '-rf', 'ok-1']);

    expect(await complete('', ['chat'], { env })).toEqual(['demo', 'ok-1']);
  });

  it('says nothing and ends well when the server refuses, is away, or there is none', async () => {
    const { env } = await stage.serve({});
    const places = [env, { OPENLOOP_SERVER: 'http://127.0.0.1:9' }, {}, { OPENLOOP_SERVER: 'not a url' }];
    for (const place of places) {
      const result = await runCli(['__complete', '--current=', '--', 'chat'], { env: place });

      expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }
  });

  it('does not wait for a server that does not answer', async () => {
    const hangs: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const env = { OPENLOOP_SERVER: 'http://127.0.0.1:4400' };
    const startedAt = performance.now();

    expect(await complete('', ['chat'], { env, fetch: hangs })).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('openloop completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])(
    'gives the script for %s, which asks the program',
    async (shell) => {
      const { stdout, exitCode } = await runCli(['completion', shell]);

      expect(exitCode).toBe(0);
      expect(stdout).toContain('__complete');
    },
  );

  it('refuses a shell it does not know', async () => {
    expect((await runCli(['completion', 'csh'])).exitCode).toBe(2);
  });

  it.each<[string, string[]]>([
    ['openloop ap', ['apply', 'approvals']],
    ['openloop approvals approve ', ['apr_07Q2M9K8']],
    ['openloop doctor --output=', ['table', 'json']],
    ['openloop keys create ci --scope agents:r', ['read']],
    ['openloop doctor nowhere', []],
  ])('completes “%s” in a real bash', async (line, expected) => {
    const { env } = await serveNames();

    expect(await inBash(line, env)).toEqual(['complete -o default -F _openloop openloop', ...expected]);
  });
});

async function complete(current: string, earlier: readonly string[], settings: CliSettings = {}) {
  const { stdout } = await runCli(['__complete', `--current=${current}`, '--', ...earlier], settings);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0]);
}

function serveNames(agents: readonly string[] = ['demo', 'triage']) {
  return stage.serve({
    'agents.list': () => page(agents.map((name) => exampleAgent({ name }))),
    'approvals.list': () => page([exampleApproval()]),
    'runs.list': () => page([exampleRun()]),
  });
}

/** Loads the script as ~/.bashrc does and presses Tab at the end of the line. */
async function inBash(line: string, env: Record<string, string>): Promise<string[]> {
  const script = (await runCli(['completion', 'bash'])).stdout;
  const program = await programOf(env);
  const press = [
    script,
    `COMP_LINE=$LINE COMP_POINT=\${#LINE}`,
    '_openloop',
    'complete -p openloop',
    'for each in "${COMPREPLY[@]}"; do printf "%s\\n" "$each"; done',
  ].join('\n');
  const { stdout } = await promisify(execFile)('bash', ['--norc', '--noprofile', '-c', press], {
    env: { PATH: `${program}:${process.env['PATH'] ?? ''}`, LINE: line },
  });
  return stdout.trimEnd().split('\n');
}

/** A folder with an `openloop` in it that hands its arguments to this very source. */
async function programOf(env: Record<string, string>): Promise<string> {
  const cli = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const args = JSON.parse(text) as string[]; // what the program below sends
      void runCli(args, { env }).then(({ stdout }) => response.end(stdout));
    });
  });
  await new Promise<void>((resolve) => cli.listen(0, '127.0.0.1', resolve));
  open.push(cli);
  const { port } = cli.address() as AddressInfo; // a TCP server has one
  const send = `fetch('http://127.0.0.1:${port}',{method:'POST',body:JSON.stringify(process.argv.slice(1))}).then(async(r)=>process.stdout.write(await r.text()))`;
  const shell = `#!/bin/sh\nexec '${process.execPath}' -e "${send}" -- "$@"\n`;
  const folder = await stage.folder({ openloop: shell });
  await promisify(execFile)('chmod', ['+x', join(folder, 'openloop')]);
  return folder;
}
