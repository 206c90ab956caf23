import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { newAdminKey } from './harness/open-loop.js';
import { Person, send } from './harness/person.js';
import { freshPlace, type Place } from './harness/place.js';
import { expectNoSecrets } from './harness/problems.js';
import { build, Program, type Ended } from './harness/program.js';

let place: Place;

beforeAll(() => build(), 300_000);
beforeAll(async () => {
  place = await freshPlace();
  await mkdir(join(place.folder, 'agents'));
});
afterAll(() => place.remove());

const PASSWORD = 'hunter2canary';

function run(env: Record<string, string>, command: 'start' | 'migrate' = 'start'): Promise<Ended> {
  return new Program(command, { PORT: '0', ...place.env, REDIS_URL: '', ...env }, place.folder).ended();
}

interface Told {
  code: number | null;
  error: string;
  hint: string;
}

/** One line that says what is wrong, one that says what to do, and nothing of the inside. */
function told({ stderr, code }: Ended): Told {
  const [error = '', hint = '', ...rest] = stderr.trimEnd().split('\n');
  expect(rest).toEqual([]);
  expect(stderr).not.toContain(PASSWORD);
  expectNoSecrets(stderr);
  return { code, error, hint };
}

describe('The program that cannot start', () => {
  it.each(['start', 'migrate'] as const)('says that the database is away (%s)', async (command) => {
    const ended = await run(
      { DATABASE_URL: `postgres://openloop:${PASSWORD}@127.0.0.1:1/openloop` },
      command,
    );
    expect(told(ended)).toEqual({
      code: 7,
      error: expect.stringMatching(/^error: The database cannot be reached$/),
      hint: expect.stringMatching(/^ {2}Check that Postgres runs .*ECONNREFUSED/),
    });
  });

  it('says that an address is none', async () => {
    const ended = await run({ DATABASE_URL: `mysql://openloop:${PASSWORD}@127.0.0.1/openloop` });
    expect(told(ended)).toEqual({
      code: 3,
      error: expect.stringMatching(/^error: DATABASE_URL is not a Postgres URL$/),
      hint: expect.stringMatching(/postgresql:\/\//),
    });
  });

  it('says which variables are wrong, all of them', async () => {
    const ended = await run({ PORT: 'many', OPENLOOP_ADMIN_KEY: PASSWORD, LOG_LEVEL: 'loud' });
    expect(told(ended)).toEqual({
      code: 3,
      error: expect.stringMatching(/PORT.*OPENLOOP_ADMIN_KEY.*LOG_LEVEL/),
      hint: expect.stringMatching(/Correct these variables/),
    });
  });

  it('points at the mistake in an agent file, and applies none', async () => {
    const file = join(place.folder, 'agents', 'bad.yaml');
    await writeFile(file, 'apiVersion: openloop.ai/v1alpha1\nkind: Agents\n');
    const ended = await run({});
    await writeFile(file, '');
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/^error: No agent was applied, because of:/);
    expect(ended.stderr).toMatch(/bad\.yaml:2:7/);
    expectNoSecrets(ended.stderr);
  });
});

describe('The program that started', () => {
  it('answers, writes its log to stderr without a secret, and ends in order', async () => {
    const key = newAdminKey();
    const program = new Program(
      'start',
      { PORT: '0', OPENLOOP_ADMIN_KEY: key, ...place.env, AGENTS_DIR: join(place.folder, 'none') },
      place.folder,
    );
    const url = await program.ready();
    expect((await send(`${url}/livez`, 'GET')).json).toEqual({ status: 'ok' });
    expect(await send(`${url}/readyz`, 'GET')).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect((await new Person(url, key).send('GET', '/v1/me')).json).toMatchObject({ handle: '@operator' });
    const { code, stdout, stderr } = await program.stop();
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).not.toContain(key);
    for (const line of stderr.trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ name: 'openloop' });
  });
});
