import { afterEach, describe, expect, it } from '@jest/globals';
import { exampleAgent, exampleRun, type Answers } from '@openloop/api-contract/testing';
import { AppError, type ErrorKind } from '@openloop/kernel';
import { runCli, startCli } from './testing/run-cli.js';
import { page, Stage } from './testing/servers.js';

const stage = new Stage();

afterEach(() => stage.clear());

describe('wrong usage', () => {
  it.each([
    ['approval', 'unknown command "approval" — did you mean "approvals"?'],
    ['aply', 'unknown command "aply" — did you mean "apply"?'],
    ['agents histry', 'unknown command "histry" — did you mean "history"?'],
    ['usage --grup-by agent', 'unknown option "--grup-by" — did you mean "--group-by"?'],
    ['apply', "required option '-f, --filename <path>' not specified"],
    ['agents list -o xml', 'Allowed choices are table, wide, json, jsonl, yaml, csv, name'],
    ['runs get', "missing required argument 'id'"],
    ['runs list --limit 201', 'whole number from 1 to 200'],
    ['runs start demo hi --timeout soon', 'a duration such as 90s, 10m or 2h'],
    ['usage --month 2026-13', '--month looks like 2026-11'],
  ])('"%s" is told with what was meant, and exit 2', async (line, words) => {
    const { exitCode, stdout, stderr } = await runCli(line.split(' '), {
      env: { OPENLOOP_SERVER: 'http://127.0.0.1:1' },
    });

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(words);
    expect(stderr).toContain('hint: ');
  });

  it('shows help on stdout when asked, and on stderr with exit 2 when a command is missing', async () => {
    expect(await runCli(['--help'])).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining('openloop apply -f agents/'),
    });
    expect(await runCli(['agents'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('validate'),
    });
  });
});

describe('help', () => {
  it.each(['chat', 'agents', 'runs', 'approvals', 'audit', 'keys', 'usage'])(
    'of %s begins with examples, all of which can be typed',
    async (group) => {
      const { stdout } = await runCli([group, '--help']);
      const examples = [...stdout.matchAll(/^ {2}openloop (.+?) {2,}\S/gm)].map(([, typed = '']) => typed);

      expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Usage:'));
      expect(examples.length).toBeGreaterThanOrEqual(2);
      for (const typed of examples) {
        const args = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
        const { stderr } = await runCli([...args, '--no-input'], { cwd: await stage.folder({}) });
        expect(stderr).toMatch(/error: (No server to talk to|There is no file agents)/);
      }
    },
  );

  it('of dev names the settings that it goes by', async () => {
    const { stdout } = await runCli(['dev', '--help']);

    for (const name of ['PORT', 'OPENLOOP_DATA', 'AGENTS_DIR']) expect(stdout).toContain(`  ${name} `);
  });
});

describe('the server', () => {
  it('is named when it cannot be reached, without a stack trace, with exit 7', async () => {
    const { exitCode, stdout, stderr } = await runCli(['agents', 'list', '--server', 'http://127.0.0.1:1']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' });
    expect(stderr).toContain('error: Cannot reach http://127.0.0.1:1');
    expect(stderr).toContain('npm start');
    expect(stderr).not.toContain('    at ');
  });

  it('must be named somewhere: exit 2 and how to start one', async () => {
    const { exitCode, stderr } = await runCli(['agents', 'list']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('npm start');
    expect(stderr).toContain('OPENLOOP_SERVER');
  });

  it.each(['ftp://x', 'not a url', 'http://user:pw@host', 'http://host/?q=1'])(
    'is refused when its address is %s',
    async (server) => {
      expect(await runCli(['agents', 'list', '--server', server])).toMatchObject({ exitCode: 2 });
    },
  );

  it.each<[ErrorKind, number]>([
    ['invalid', 2],
    ['unauthenticated', 4],
    ['forbidden', 4],
    ['not_found', 5],
    ['conflict', 6],
    ['gone', 6],
    ['unavailable', 7],
    ['blocked', 8],
  ])('says "%s": exit %d, its words and a next step', async (kind, expected) => {
    const env = await serve({
      'runs.get': () => {
        throw new AppError(kind, 'some_code', 'What the server says');
      },
    });

    const { exitCode, stdout, stderr } = await runCli(['runs', 'get', 'run_1'], { env });

    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(/^error: What the server says\nhint: \S/);
  });

  it('that knows no such key has the right list named', async () => {
    const env = await serve({
      'keys.revoke': () => {
        throw new AppError('not_found', 'keys.not_found', 'There is no key key_nope');
      },
    });

    expect(await runCli(['keys', 'revoke', 'key_nope'], { env })).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('`openloop keys list`'),
    });
  });

  it('that needs a newer client says which', async () => {
    const answer = (): Promise<Response> =>
      Promise.resolve(
        new Response('{}', { headers: { 'openloop-min-client': '99.1', 'openloop-version': '99.2' } }),
      );

    const { exitCode, stderr } = await runCli(['agents', 'list', '--server', 'http://h'], { fetch: answer });

    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/Server 99\.2 needs openloop 99\.1 or newer; this is \d/);
  });

  it('gets the key of OPENLOOP_TOKEN, which never shows', async () => {
    const { server, env } = await serving({ 'agents.list': () => page([exampleAgent()]) });

    const { stdout, stderr } = await runCli(['agents', 'list', '--debug'], {
      env: { ...env, OPENLOOP_TOKEN: 'olk_secret' },
    });

    expect(server.received[0]?.headers.authorization).toBe('Bearer olk_secret');
    expect(stdout + stderr).not.toContain('olk_secret');
  });

  it('of this directory is found with its key, and --server sends that key nowhere else', async () => {
    const [mine, other] = [
      await serving({ 'agents.list': () => page([]) }),
      await serving({ 'agents.list': () => page([]) }),
    ];
    const cwd = await stage.folder({
      '.openloop/dev.json': JSON.stringify({ url: mine.server.url, key: 'olk_dev' }),
    });

    await runCli(['agents', 'list'], { cwd });
    await runCli(['agents', 'list', '--server', other.server.url], { cwd });

    expect(mine.server.received[0]?.headers.authorization).toBe('Bearer olk_dev');
    expect(other.server.received[0]?.headers.authorization).toBeUndefined();
  });

  it('of the current context goes before the one of this directory; OPENLOOP_SERVER before both', async () => {
    const [context, dev, env] = await Promise.all(
      [1, 2, 3].map(() => serving({ 'agents.list': () => page([]) })),
    );
    const config = `current_context: prod\ncontexts:\n  prod: { server: '${context?.server.url}', token: olk_prod }\n`;
    const cwd = await stage.folder({
      'openloop/config.yaml': config,
      '.openloop/dev.json': JSON.stringify({ url: dev?.server.url, key: 'olk_dev' }),
    });

    await runCli(['agents', 'list'], { cwd, env: { XDG_CONFIG_HOME: cwd } });
    await runCli(['agents', 'list'], {
      cwd,
      env: { XDG_CONFIG_HOME: cwd, OPENLOOP_SERVER: env?.server.url ?? '' },
    });

    expect([context, dev, env].map((each) => each?.server.received.length)).toEqual([1, 0, 1]);
    expect(context?.server.received[0]?.headers.authorization).toBe('Bearer olk_prod');
  });

  it('has a broken config file named, with exit 3', async () => {
    const cwd = await stage.folder({ 'openloop/config.yaml': 'current_context: [' });

    const { exitCode, stderr } = await runCli(['agents', 'list'], { env: { XDG_CONFIG_HOME: cwd } });

    expect(exitCode).toBe(3);
    expect(stderr).toContain('config.yaml');
  });
});

describe('output', () => {
  const nasty = exampleAgent({
    name: 'demo',
    surfaces: ['\u001B]0;owned\u0007slack\u001B[2J #a\u202Eb'],
    model: '=cmd()',
  });

  it('of the server cannot control the terminal, in any format', async () => {
    const env = await serve({ 'agents.list': () => page([nasty]) });

    for (const format of ['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name']) {
      const { stdout } = await runCli(['agents', 'list', '-o', format], { env });
      expect(stdout).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202E]/); // eslint-disable-line no-control-regex -- what must not be there
    }
  });

  it('is the API object unchanged as JSON, one row a line as JSON lines, names as names', async () => {
    const env = await serve({ 'agents.list': () => page([nasty]) });

    expect(JSON.parse((await runCli(['agents', 'list', '-o', 'json'], { env })).stdout)).toEqual(
      page([nasty]),
    );
    expect(JSON.parse((await runCli(['agents', 'list', '-o', 'jsonl'], { env })).stdout)).toEqual(nasty);
    expect((await runCli(['agents', 'list', '-o', 'name'], { env })).stdout).toBe('demo\n');
  });

  it('is CSV that a spreadsheet does not run', async () => {
    const env = await serve({ 'agents.list': () => page([nasty]) });

    const { stdout } = await runCli(['agents', 'list', '-o', 'csv'], { env });

    expect(stdout.split('\r\n')[0]).toBe(
      'name,rev,state,surfaces,model,spent_budget,simulated,held,last_run,workspace,digest',
    );
    expect(stdout).toContain(",'=cmd(),31.20,");
  });

  it('is coloured only where asked', async () => {
    const env = await serve({ 'runs.get': () => exampleRun() });
    const ESC = '\u001B[';

    expect((await runCli(['runs', 'get', 'x'], { env })).stdout).not.toContain(ESC);
    expect((await runCli(['runs', 'get', 'x'], { env: { ...env, FORCE_COLOR: '1' } })).stdout).toContain(ESC);
    expect(
      (await runCli(['runs', 'get', 'x', '--no-color'], { env: { ...env, FORCE_COLOR: '1' } })).stdout,
    ).not.toContain(ESC);
    expect(
      (await runCli(['runs', 'get', 'x'], { env: { ...env, FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout,
    ).not.toContain(ESC);
  });

  it('has nothing on stdout when there is nothing', async () => {
    const env = await serve({ 'runs.list': () => page([]) });

    expect(await runCli(['runs', 'list'], { env })).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'No runs yet. Start one: openloop chat\n',
    });
    expect(await runCli(['runs', 'list', '--quiet'], { env })).toMatchObject({ stderr: '' });
  });
});

describe('dev and server', () => {
  it.each([
    [['dev'], ['dev']],
    [['server', 'start'], ['start']],
    [['server', 'migrate'], ['migrate']],
  ])('%j starts the server with %j and ends as it does', async (args, expected) => {
    const started: (readonly string[])[] = [];
    const startRuntime = (given: readonly string[]): Promise<number> => {
      started.push(given);
      return Promise.resolve(37);
    };

    expect(await runCli(args, { startRuntime })).toMatchObject({ exitCode: 37 });
    expect(started).toEqual([expected]);
  });
});

describe('version', () => {
  it('is told without a server, and with one also that of the server', async () => {
    const env = await serve({
      'system.version': () => ({ name: 'openloop', version: '9.8.7', min_client: '0.0.1' }),
    });

    expect(await runCli(['version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^openloop \d+\.\d+\.\d+ · Node/),
    });
    expect(JSON.parse((await runCli(['version', '-o', 'json'], { env })).stdout)).toMatchObject({
      server: '9.8.7',
    });
  });
});

describe('runs start', () => {
  it('prints the id and where to look; the run goes on', async () => {
    const { env, server } = await serving({ 'runs.start': () => exampleRun({ status: 'queued' }) });

    const { exitCode, stdout } = await runCli(['runs', 'start', 'demo', 'do it'], { env });

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'run_0000AAAA\n' });
    expect(server.callsOf('runs.start')[0]?.body).toMatchObject({
      agent: 'demo',
      input: 'do it',
      surface: 'terminal',
    });
  });

  it.each([
    [exampleRun(), 0],
    [exampleRun({ status: 'failed', answer: null, failure: { code: 'model_failed', message: 'No' } }), 1],
    [exampleRun({ status: 'cancelled', answer: null }), 1],
    [exampleRun({ status: 'failed', answer: null, failure: { code: 'budget_exceeded', message: 'No' } }), 8],
    [exampleRun({ status: 'waiting', answer: null, approvals: ['apr_07Q2M9K8'], finished_at: null }), 8],
  ])('with --wait ends as the run does', async (ended, expected) => {
    const env = await serve({
      'runs.start': () => exampleRun({ status: 'queued' }),
      'runs.get': () => ended,
      'runs.events': () => null,
    });

    const { exitCode, stderr } = await runCli(['runs', 'start', 'demo', 'do it', '--wait'], { env });

    expect(exitCode).toBe(expected);
    if (ended.status === 'waiting') expect(stderr).toContain('openloop approvals get apr_07Q2M9K8');
  });

  it.each([
    ['running', []],
    ['waiting', ['apr_07Q2M9K8']],
  ] as const)('with --timeout ends with 124 when it is still %s by then', async (status, approvals) => {
    const run = exampleRun({ status, answer: null, approvals: [...approvals], finished_at: null });
    const env = await serve({ 'runs.start': () => run, 'runs.get': () => run, 'runs.events': () => null });

    const { exitCode, stderr } = await runCli(['runs', 'start', 'demo', 'x', '--wait', '--timeout', '50ms'], {
      env,
    });

    expect(exitCode).toBe(124);
    expect(stderr).toContain(`Still ${status} when the time was over`);
    for (const id of approvals) expect(stderr).toContain(`openloop approvals get ${id}`);
  });

  it('with --timeout waits for the decision and ends as the run does', async () => {
    const looks = [
      exampleRun({ status: 'waiting', answer: null, approvals: ['apr_07Q2M9K8'], finished_at: null }),
      exampleRun(),
    ];
    const env = await serve({
      'runs.start': () => exampleRun({ status: 'queued' }),
      'runs.get': () => (looks.length > 1 ? looks.shift() : looks[0]) ?? exampleRun(),
      'runs.events': () => null,
    });

    expect(await runCli(['runs', 'start', 'demo', 'x', '--timeout', '1m'], { env })).toMatchObject({
      exitCode: 0,
    });
  });

  it('stops waiting at a Ctrl-C with 130 and says that the run goes on', async () => {
    const running = exampleRun({ status: 'running', answer: null, finished_at: null });
    const { env, server } = await serving({
      'runs.start': () => running,
      'runs.get': () => running,
      'runs.events': () => hello(),
    });
    const cli = startCli(['runs', 'start', 'demo', 'x', '--wait'], { env });
    await server.heard('runs.events');
    cli.interrupt();

    expect(await cli.result).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('openloop runs cancel run_0000AAAA'),
    });
  });
});

async function* hello() {
  await new Promise<never>(() => undefined);
  yield* [];
}

async function serving(answers: Answers) {
  return stage.serve(answers);
}

async function serve(answers: Answers) {
  return (await stage.serve(answers)).env;
}
