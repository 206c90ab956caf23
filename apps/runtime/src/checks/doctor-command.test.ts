import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '@openloop/adapter-postgres';
import type { ChecksReport } from '@openloop/api-contract';

import { doctorCommand } from './doctor-command.js';
import { Operator } from '../../test/checks/operator.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openloop-doctor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('doctor without a server', () => {
  it('looks at everything and makes nothing', async () => {
    const { code, operator } = await doctor([]);

    expect(operator.out).toContain('✓ node');
    expect(operator.out).toContain('is made in');
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives the same as JSON, in the order of the areas', async () => {
    const { operator } = await doctor(['-o', 'json']);
    const { data } = JSON.parse(operator.out) as ChecksReport; // what it says it prints

    expect([...new Set(data.map(({ area }) => area))]).toEqual([
      'node', 'config', 'database', 'queue', 'models', 'slack', 'github', 'mcp', 'clock', 'disk',
    ]); // prettier-ignore
  });

  it('makes a red line of settings that are not valid, and looks at what needs none', async () => {
    const { code, operator } = await doctor(['--json'], { PORT: 'many', SLACK_TOKEN: 'x' });
    const { data } = JSON.parse(operator.out) as ChecksReport; // as above

    expect(code).toBe(1);
    expect(data).toContainEqual(
      expect.objectContaining({
        name: 'settings',
        status: 'error',
        fix: expect.stringContaining('.env.example'),
      }),
    );
    expect(data).toContainEqual(expect.objectContaining({ words: 'nothing reads SLACK_TOKEN' }));
    expect(data.map(({ area }) => area)).toEqual(expect.arrayContaining(['node', 'disk']));
  });

  it('looks into an embedded database, and into none that a server holds', async () => {
    const data = join(folder, 'data');
    const env = { OPENLOOP_DATA: data };
    const held = await openDatabase({ directory: data });
    try {
      const { operator, code } = await doctor(['database'], env);

      expect(operator.out).toMatch(/! database.*Another OpenLoop/);
      expect(operator.out).toContain('Fix: Ask that server');
      expect(code).toBe(0);
      expect((await doctor(['database', '--strict'], env)).code).toBe(1);
    } finally {
      await held.close();
    }
    const { operator } = await doctor(['database'], env);

    expect(operator.out).toMatch(/✓ database +Postgres \d+.*embedded/);
    expect(operator.out).toContain('✓ pgvector');
    expect(operator.out).toMatch(/! migrations +not run yet: 0001_/);
    await (await openDatabase({ directory: data })).close();
  });

  it.each([[['nowhere']], [['--nonsense']]])('refuses %j', async (args) => {
    await expect(doctor(args)).rejects.toMatchObject({
      kind: 'invalid',
      hint: expect.stringMatching(/database|AREA/),
    });
  });
});

async function doctor(args: readonly string[], env: Record<string, string> = {}) {
  const usual = { OPENLOOP_DATA: join(folder, 'none'), AGENTS_DIR: join(folder, 'agents') };
  const operator = new Operator({ cwd: folder, env: { ...usual, ...env } });
  return { code: await doctorCommand(operator.io(args)), operator };
}
