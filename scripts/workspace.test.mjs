import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { generateTsconfigs } from './workspace.mjs';

let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'workspace-'));
  write('libs/kernel/package.json', { name: '@openloop/kernel' });
  write('libs/adapters/postgres/package.json', {
    name: '@openloop/adapter-postgres',
    dependencies: { '@openloop/kernel': '*', pg: '8' },
    devDependencies: { '@openloop/simulators': '*' },
  });
  write('libs/simulators/package.json', { name: '@openloop/simulators' });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

it('refers from each project to the projects it depends on, also for its fakes', () => {
  expect(generated('libs/adapters/postgres/tsconfig.json')).toMatchObject({
    extends: '../../../tsconfig.base.json',
    references: [{ path: '../../kernel' }, { path: '../../simulators' }],
  });
});

it('leaves tests out of what is built', () => {
  expect(generated('libs/kernel/tsconfig.json').exclude).toContain('src/**/*.test.ts');
});

it('refers from the root to every project, and to the benchmarks once there are any', () => {
  const projects = [
    { path: './libs/adapters/postgres' },
    { path: './libs/kernel' },
    { path: './libs/simulators' },
  ];
  expect(generated('tsconfig.json')).toEqual({ files: [], references: projects });

  write('bench/approve.bench.ts', {});
  expect(generated('tsconfig.json').references).toEqual([...projects, { path: './bench' }]);
  expect(generated('bench/tsconfig.json').references).toContainEqual({ path: '../libs/adapters/postgres' });
});

function generated(path) {
  return JSON.parse(generateTsconfigs(root).get(path));
}

function write(path, value) {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(value));
}
