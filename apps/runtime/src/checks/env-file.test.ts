import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { setInEnvFile, withValues } from './env-file.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openloop-env-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('values put into .env', () => {
  it.each([
    ['', 'A=1\n'],
    ['B=2', 'B=2\nA=1\n'],
    ['B=2\n', 'B=2\nA=1\n'],
    ['# why\n\nA=0\nB="x # y"\n', '# why\n\nA=1\nB="x # y"\n'],
    ['export A=0\n', 'export A=1\n'],
    ['  A = 0 # old\n', '  A=1\n'],
    ['A=0\nA=9\n', 'A=1\nA=1\n'],
    ['#A=0\n', '#A=0\nA=1\n'],
    ['AA=0\nB_A=3\n', 'AA=0\nB_A=3\nA=1\n'],
    ['B=2\r\nA=0\r\n', 'B=2\r\nA=1\r\n'],
    ['B=2\r\n', 'B=2\r\nA=1\r\n'],
  ])('make of %j %j', (text, expected) => {
    expect(withValues(text, { A: '1' })).toBe(expected);
  });

  it('are for its owner only, also where others could read the file before', async () => {
    await writeFile(join(folder, '.env'), 'B=2\n');
    await chmod(join(folder, '.env'), 0o644);
    await setInEnvFile(folder, { A: '1' });

    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, '.env'), 'utf8')).toBe('B=2\nA=1\n');
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('make the file when there is none', async () => {
    await setInEnvFile(folder, { A: '1' });

    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
  });

  it('go where a link points to, and leave the link', async () => {
    await writeFile(join(folder, 'real'), 'A=0\n');
    await symlink(join(folder, 'real'), join(folder, '.env'));
    await setInEnvFile(folder, { A: '1' });

    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('A=1\n');
    expect((await readdir(folder)).toSorted()).toEqual(['.env', 'real']);
  });
});
