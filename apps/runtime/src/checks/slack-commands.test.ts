import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SLACK_SCOPES, slackManifest } from '@openloop/adapter-slack';

import { slackManifestCommand } from './slack-manifest-command.js';
import { slackSetupCommand } from './slack-setup-command.js';
import { Operator } from '../../test/checks/operator.js';
import { Web } from '../../test/checks/web.js';

const BOT = 'xoxb-1111111111-2222222222-abcdefghijkl4f2';
const APP = 'xapp-1-A0APP-3333333333-fedcba987654';
const SECRET = '0123456789abcdef0123456789abcdef';

const web = new Web();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openloop-setup-'));
});
afterEach(async () => {
  await web.close();
  await rm(folder, { recursive: true, force: true });
});

describe('slack-manifest', () => {
  it('prints the manifest and nothing else', async () => {
    const operator = new Operator({ cwd: folder });

    expect(await slackManifestCommand(operator.io())).toBe(0);
    expect(JSON.parse(operator.out)).toEqual(slackManifest());
    expect(operator.err).toBe('');
  });

  it('says what is lost with the smallest one, and writes it where it is told', async () => {
    const operator = new Operator({ cwd: folder });
    await slackManifestCommand(operator.io(['--minimal', '--out=m.json', '--name=Acme']));

    expect(JSON.parse(await readFile(join(folder, 'm.json'), 'utf8'))).toEqual(
      slackManifest({ minimal: true, name: 'Acme' }),
    );
    expect(operator.out).toBe('');
    expect(operator.err).toContain('usergroups:read');
  });

  it.each([true, false])('opens Slack’s page and gives its address (browser: %s)', async (hasBrowser) => {
    const operator = new Operator({ cwd: folder, hasBrowser });
    await slackManifestCommand(operator.io(['--open', '--http=https://a.example.com']));

    expect(operator.opened).toEqual([expect.stringContaining('https://api.slack.com/apps?new_app=1')]);
    expect(operator.err).toContain(operator.opened[0]);
  });

  it.each([['--http=http://a'], ['--nonsense'], ['--out=no/such/folder/m.json']])(
    'refuses %s',
    async (flag) => {
      await expect(slackManifestCommand(new Operator({ cwd: folder }).io([flag]))).rejects.toMatchObject({
        kind: 'invalid',
        hint: expect.any(String),
      });
    },
  );
});

describe('slack-setup', () => {
  it('asks for both tokens, proves them, and keeps them in .env', async () => {
    await writeFile(join(folder, '.env'), '# mine\nPORT=4400\n');
    const operator = await setUp([`${BOT}\r`, `${APP}\r`]);

    expect(await slackSetupCommand(operator.io())).toBe(0);
    expect(await readFile(join(folder, '.env'), 'utf8')).toBe(
      `# mine\nPORT=4400\nSLACK_BOT_TOKEN=${BOT}\nSLACK_APP_TOKEN=${APP}\n`,
    );
    expect(operator.out).toContain('✓ bot token');
    expect(operator.opened).toHaveLength(1);
  });

  it('never shows what was pasted', async () => {
    const operator = await setUp([`${BOT}\r`, `${APP}\r`]);
    await slackSetupCommand(operator.io());
    const shown = operator.out + operator.err;

    expect(shown).not.toContain(BOT.slice(5, -3));
    expect(shown).not.toContain(APP.slice(5, -3));
    expect(operator.wasHidden).toEqual([true, true]);
    expect(operator.rawModes).toEqual([true, true, false]);
  });

  it('asks again for what does not look right and for what Slack does not take', async () => {
    const wrong = 'xoxb-9999999999-8888888888-zzzzzzzzzzzzzzz';
    const operator = await setUp(['hello\r', `${wrong}\r`, `\u001B[200~${BOT}\u001B[201~\r`, `${APP}\r`]);

    expect(await slackSetupCommand(operator.io())).toBe(0);
    expect(operator.err).toContain('does not look like one');
    expect(operator.err).toContain('Slack does not know this token');
    expect(await readFile(join(folder, '.env'), 'utf8')).not.toContain(wrong);
  });

  it('takes typing with corrections', async () => {
    const operator = await setUp([`nonsense\u0015${BOT}x\u007F\n`, `${APP}\r`]);

    expect(await slackSetupCommand(operator.io())).toBe(0);
  });

  it.each([['\u0003'], ['\u0004']])('stops at %j and writes nothing', async (key) => {
    const operator = await setUp([`${BOT}\r`, key]);

    await expect(slackSetupCommand(operator.io())).rejects.toMatchObject({ code: 'setup.interrupted' });
    expect(await readdir(folder)).toEqual([]);
    expect(operator.rawModes.at(-1)).toBe(false);
  });

  it('gives up after five wrong ones and writes nothing', async () => {
    const operator = await setUp(Array.from({ length: 6 }, () => 'no\r'));

    await expect(slackSetupCommand(operator.io())).rejects.toMatchObject({ code: 'setup.interrupted' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('asks for the signing secret for HTTP, and turns Socket Mode off', async () => {
    await writeFile(join(folder, '.env'), `SLACK_APP_TOKEN=${APP}\n`);
    const operator = await setUp([`${BOT}\r`, `${SECRET}\r`]);

    expect(await slackSetupCommand(operator.io(['--http=https://a.example.com']))).toBe(0);
    expect(await readFile(join(folder, '.env'), 'utf8')).toBe(
      `SLACK_APP_TOKEN=\nSLACK_BOT_TOKEN=${BOT}\nSLACK_SIGNING_SECRET=${SECRET}\n`,
    );
    expect(operator.out).toContain('✓ signing secret');
  });

  it('says when a value from elsewhere wins over .env', async () => {
    const operator = await setUp([`${BOT}\r`, `${APP}\r`], { SLACK_BOT_TOKEN: 'xoxb-from-the-shell' });
    await slackSetupCommand(operator.io());

    expect(operator.err).toContain('SLACK_BOT_TOKEN is also set outside .env');
    expect(operator.err).not.toContain('SLACK_APP_TOKEN is also');
  });

  it('does not begin where nobody can be asked', async () => {
    const operator = new Operator({ cwd: folder, isTerminal: false });

    await expect(slackSetupCommand(operator.io())).rejects.toMatchObject({ code: 'setup.not_a_terminal' });
    expect(operator.opened).toEqual([]);
  });
});

/** An operator with these answers, and a Slack that knows the two tokens. */
async function setUp(answers: readonly string[], env: Record<string, string> = {}): Promise<Operator> {
  const scopes = SLACK_SCOPES.map(({ name }) => name).join(',');
  const url = await web.serve(({ url: path = '', headers }) => {
    const known: Record<string, object> = {
      [`Bearer ${BOT} auth.test`]: { ok: true, team: 'acme', team_id: 'T0', user: 'openloop', bot_id: 'B0' },
      [`Bearer ${APP} apps.connections.open`]: { ok: true, url: 'wss://example.com' },
      [`Bearer ${BOT} bots.info`]: { ok: true, bot: { app_id: 'A0APP' } },
    };
    const method = path.split('/').at(-1) ?? '';
    const body = known[`${headers.authorization} ${method}`] ?? { ok: false, error: 'invalid_auth' };
    return { body, headers: { 'x-oauth-scopes': scopes } };
  });
  const settings = { SLACK_API_URL: `${url}/api/`, AGENTS_DIR: folder, OPENLOOP_DATA: join(folder, 'none') };
  return new Operator({ answers, cwd: folder, env: { ...settings, ...env } });
}
