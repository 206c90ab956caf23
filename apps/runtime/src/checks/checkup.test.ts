import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, openDatabase, type Database } from '@openloop/adapter-postgres';
import type { WorkspaceId } from '@openloop/kernel';
import type { Check, Surface } from '@openloop/surfaces';

import { loadConfig } from '../config.js';
import { Checkup } from './checkup.js';

type Looked = ConstructorParameters<typeof Checkup>[0]['system'];

const HOME = 'wsp_1' as WorkspaceId; // nothing here reads it
const STEP: Check = { name: 'post', status: 'ok', words: 'it is there' };

let database: Database;
beforeAll(async () => {
  database = await openDatabase({ directory: 'memory' });
});
afterAll(() => database.close());

describe('the checkup of a running server', () => {
  it('calls migrations that have not run an error there', async () => {
    const before = await checkupOf().run(HOME, ['database']);
    await migrate(database.pool);
    const after = await checkupOf().run(HOME, ['database', 'queue']);

    expect(before.data).toContainEqual(expect.objectContaining({ name: 'migrations', status: 'error' }));
    expect(after.data.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'database ok', 'pgvector ok', 'migrations ok', 'queue ok',
    ]); // prettier-ignore
    expect(after.errors).toBe(0);
  });

  it('looks at every area when none is named', async () => {
    const { data } = await checkupOf().run(HOME);

    expect(new Set(data.map(({ area }) => area)).size).toBe(10);
  });

  it('makes a round trip through a connected surface', async () => {
    const asked: unknown[] = [];
    const test = async (...args: unknown[]) => (asked.push(args), [STEP]);
    const report = await checkupOf({ test }).test('slack', '#dev', 5_000);

    expect(asked).toEqual([['#dev', 5_000]]);
    expect(report).toEqual({ data: [{ ...STEP, fix: null }], errors: 0, warnings: 0 });
  });

  it.each([
    [{}, 'discord', 'not connected'],
    [{ OPENLOOP_ROLES: 'api,workers' }, 'slack', 'does not hear'],
  ])('with %j refuses to test %s, which would hear no press', async (env, name, words) => {
    const test = () => Promise.reject(new Error('nobody may come here'));

    await expect(checkupOf({ test }, env).test(name, '#dev', 5_000)).rejects.toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining(words),
      hint: expect.any(String),
    });
  });
});

function checkupOf(slack: Partial<Surface> = {}, env: Record<string, string> = {}): Checkup {
  const looked = {
    database,
    queue: { ready: async () => undefined },
    surfaces: new Map([['slack', slack]]),
    reads: () => ({ agents: { list: async () => [] } }),
  };
  const system = looked as unknown as Looked; // only these members are used
  return new Checkup({ config: loadConfig({ OPENLOOP_DATA: '/nowhere/at/all', ...env }), system });
}
