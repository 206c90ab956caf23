// The canary: a checker that has quietly stopped looking passes everything, so each rule is shown its bad example.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { checkFloors } from './floors.mjs';

const FLOORS = {
  'libs/kernel': 0,
  'libs/simulators': 0,
  'libs/policy': 2,
  'libs/ledger': 2,
  'libs/tools': 3,
};
const APPS = { 'apps/runtime': ['floor:8'], 'apps/cli': ['floor:8', 'client'] };

let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'floors-'));
  writeJson('package.json', { name: 'openloop', devDependencies: { '@jest/globals': '*' } });
  for (const [dir, floor] of Object.entries(FLOORS)) {
    writeLibrary(dir, {
      tags: [`floor:${floor}`],
      dependencies: floor > 0 ? { '@openloop/kernel': '*' } : {},
    });
  }
  writeLibrary('libs/adapters/postgres', {
    name: '@openloop/adapter-postgres',
    tags: ['floor:7'],
    dependencies: { '@openloop/kernel': '*', pg: '*' },
  });
  for (const [dir, tags] of Object.entries(APPS)) {
    writeJson(`${dir}/package.json`, {
      name: `@openloop/${dir.slice('apps/'.length)}`,
      nx: { tags },
      dependencies: { '@openloop/kernel': '*', '@openloop/simulators': '*' },
    });
    write(
      `${dir}/src/main.ts`,
      `import { id } from '@openloop/kernel';\nexport const port = process.env.PORT ?? id;\n`,
    );
  }
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a tree that keeps the rules', () => {
  it('passes, and says how much was seen', () => {
    const { violations, seen } = checkFloors(root);

    expect(violations).toEqual([]);
    expect(seen).toEqual({ projects: 8, files: 14, imports: 14 });
  });

  it('lets tests use fakes, simulators, their own devDependencies and the environment', () => {
    writeLibrary('libs/tools', {
      tags: ['floor:3'],
      dependencies: { '@openloop/kernel': '*', '@openloop/policy': '*' },
      devDependencies: { '@openloop/simulators': '*' },
    });
    write(
      'libs/tools/src/catalog.test.ts',
      `import { expect } from '@jest/globals';
       import { github } from '@openloop/simulators';
       import { fake } from '@openloop/policy/testing';
       expect(fake).toBe(process.env.X ?? github);`,
    );

    expect(checkFloors(root).violations).toEqual([]);
  });

  it('lets an adapter use a driver and an app use a simulator and a built-in module', () => {
    write(
      'libs/adapters/postgres/src/pool.ts',
      `import { Pool } from 'pg';\nexport const pool = new Pool();`,
    );
    write(
      'apps/runtime/src/demo.ts',
      `import { readFile } from 'node:fs/promises';\nexport { id } from '@openloop/simulators';\nexport { readFile };`,
    );

    expect(checkFloors(root).violations).toEqual([]);
  });
});

it("lets a test use a neighbour's fake, and nothing else of it", () => {
  writeLibrary('libs/policy', {
    tags: ['floor:2'],
    dependencies: { '@openloop/kernel': '*' },
    devDependencies: { '@openloop/ledger': '*' },
  });
  write('libs/ledger/src/testing/index.ts', `export const books = 1;`);
  writeLibrary('libs/ledger', { tags: ['floor:2'], testing: true });
  write('libs/policy/src/judge.test.ts', `import { books } from '@openloop/ledger/testing';`);
  expect(rulesBroken()).not.toContain('floor');

  write('libs/policy/src/judge.test.ts', `import { id } from '@openloop/ledger';`);
  expect(rulesBroken()).toContain('floor');
});

it('lets the tests of a simulator, and only those, speak through the real SDK', () => {
  writeLibrary('libs/simulators', { tags: ['floor:0'], dependencies: {}, devDependencies: { octokit: '*' } });
  write('libs/simulators/src/github.test.ts', `import { Octokit } from 'octokit';`);
  expect(checkFloors(root).violations).toEqual([]);

  write('libs/simulators/src/github.ts', `import { Octokit } from 'octokit';`);
  expect(rulesBroken()).toEqual(['undeclared', 'framework']);
});

describe.each([
  ['an import of a higher floor', 'floor', 'policy', `import { id } from '@openloop/tools';`],
  ['an import of its own floor', 'floor', 'policy', `import { id } from '@openloop/ledger';`],
  ['a type from a higher floor', 'floor', 'policy', `import type { Id } from '@openloop/tools';`],
  ['a re-export of a higher floor', 'floor', 'policy', `export { id } from '@openloop/tools';`],
  [
    'a dynamic import of a higher floor',
    'floor',
    'policy',
    `export const tools = await import('@openloop/tools');`,
  ],
  ['an import type of a higher floor', 'floor', 'policy', `export type Id = import('@openloop/tools').Id;`],
  ['an import assignment of a higher floor', 'floor', 'policy', `import tools = require('@openloop/tools');`],
  ['a require of a higher floor', 'floor', 'policy', `export const tools = require('@openloop/tools');`],
  ['a package that is not declared', 'undeclared', 'tools', `import { z } from 'zod';`],
  ['a project that is not declared', 'undeclared', 'tools', `import { id } from '@openloop/policy';`],
  ['a project that does not exist', 'unknown-project', 'tools', `import { id } from '@openloop/tolos';`],
  ['a driver on a low floor', 'framework', 'tools', `import { Pool } from 'pg';`],
  ['a scoped framework on a low floor', 'framework', 'tools', `import type { Type } from '@nestjs/common';`],
  [
    'a relative import of another project',
    'relative',
    'tools',
    `import { id } from '../../kernel/src/index.js';`,
  ],
  ['a deep import', 'deep-import', 'tools', `import { id } from '@openloop/kernel/src/index.js';`],
  ['fakes outside tests', 'testing', 'tools', `import { fake } from '@openloop/kernel/testing';`],
  ['simulators in a library', 'simulators', 'tools', `import { id } from '@openloop/simulators';`],
  ['the environment', 'environment', 'tools', `export const home = process.env.HOME;`],
  ['the environment by index', 'environment', 'tools', `export const home = process['env'].HOME;`],
  [
    'the environment of the global object',
    'environment',
    'tools',
    `export const home = globalThis.process.env.HOME;`,
  ],
  ['the environment taken apart', 'environment', 'tools', `const { env } = process;`],
  ['the environment imported', 'environment', 'tools', `import { env } from 'node:process';`],
  ['export *', 'export-all', 'tools', `export * from './other.js';`],
  ['export * as', 'export-all', 'tools', `export * as other from './other.js';`],
  ['a default export', 'default-export', 'tools', `export default 1;`],
  ['a renamed default export', 'default-export', 'tools', `const one = 1;\nexport { one as default };`],
  ['an enum', 'enum', 'tools', `export enum Colour { Red }`],
  ['a file that does not parse', 'parse', 'tools', `export const = 1;`],
])('in a library, %s', (_, rule, library, text) => {
  it('is found', () => {
    write(`libs/${library}/src/bad.ts`, `\n${text}`);

    expect(checkFloors(root).violations).toContainEqual(
      expect.objectContaining({ rule, file: `libs/${library}/src/bad.ts` }),
    );
  });
});

describe('elsewhere', () => {
  it('finds a client that knows more than the contract', () => {
    write('apps/cli/src/bad.ts', `import { id } from '@openloop/policy';`);
    expect(rulesBroken()).toContain('client');
  });

  it('finds the environment in an app outside main.ts', () => {
    write('apps/runtime/src/compose.ts', `export const url = process.env.DATABASE_URL;`);
    expect(rulesBroken()).toEqual(['environment']);
  });

  it('finds a module mock in a test', () => {
    write('libs/tools/src/bad.test.ts', `import { jest } from '@jest/globals';\njest.mock('./other.js');`);
    expect(rulesBroken()).toEqual(['module-mock']);
  });

  it('finds a test that imports upwards', () => {
    write('libs/policy/src/bad.test.ts', `import { fake } from '@openloop/tools/testing';`);
    expect(rulesBroken()).toContain('floor');
  });

  it('names the line', () => {
    write('libs/tools/src/bad.ts', `export const one = 1;\n\nexport enum Colour { Red }\n`);
    expect(checkFloors(root).violations[0]).toMatchObject({ line: 3 });
  });
});

describe('a library', () => {
  it.each([[[]], [['floor:2', 'floor:3']], [['floor:x']]])('needs one floor, not %j', (tags) => {
    writeLibrary('libs/tools', { tags, dependencies: { '@openloop/kernel': '*' } });
    expect(rulesBroken()).toEqual(['tag']);
  });

  it('may not declare a project above it', () => {
    writeLibrary('libs/policy', {
      tags: ['floor:2'],
      dependencies: { '@openloop/kernel': '*', '@openloop/tools': '*' },
    });
    expect(rulesBroken()).toEqual(['floor']);
  });

  it.each([
    ['no exports', undefined],
    ['a pattern', { '.': entry('index'), './src/*': './src/*' }],
    ['a missing condition', { '.': './src/index.ts' }],
    ['a file that is not there', { '.': entry('index'), './other': entry('other') }],
  ])('needs explicit exports: %s', (_, exports) => {
    writeLibrary('libs/tools', { tags: ['floor:3'], dependencies: { '@openloop/kernel': '*' }, exports });
    expect(rulesBroken()).toEqual(['exports']);
  });

  it.each(['', '# Tools\n', '# Tools\n\nOne.\n\nTwo.\n'])(
    'needs a README of one paragraph, not %j',
    (text) => {
      write('libs/tools/README.md', text);
      expect(rulesBroken()).toEqual(['readme']);
    },
  );
});

describe('a checker that sees too little', () => {
  it('refuses an empty tree', () => {
    const empty = join(root, 'empty');
    mkdirSync(empty);
    expect(checkFloors(empty).violations.map(({ message }) => message)).toContain(
      'Only 0 projects seen, expected at least 1',
    );
  });

  it('refuses fewer files than the repository has', () => {
    expect(checkFloors(root, { fewestFiles: 15 }).violations).toEqual([
      expect.objectContaining({ rule: 'sight', message: 'Only 14 files seen, expected at least 15' }),
    ]);
  });

  it('refuses a project without a source file', () => {
    rmSync(join(root, 'apps/cli/src'), { recursive: true });
    expect(rulesBroken()).toContain('sight');
  });

  it('refuses files in which it sees hardly any import', () => {
    for (let n = 0; n < 20; n += 1) write(`libs/tools/src/file-${n}.ts`, 'export const one = 1;');
    expect(rulesBroken()).toEqual(['sight']);
  });
});

function rulesBroken() {
  return [...new Set(checkFloors(root).violations.map(({ rule }) => rule))];
}

function writeLibrary(dir, { tags, dependencies, ...rest }) {
  const manifest = {
    name: `@openloop/${dir.slice('libs/'.length)}`,
    exports: { './package.json': './package.json', '.': entry('index'), './testing': entry('testing/index') },
    nx: { tags },
    dependencies,
    ...rest,
  };
  writeJson(`${dir}/package.json`, manifest);
  write(`${dir}/README.md`, `# ${dir}\n\nWhat it is for.\n`);
  write(`${dir}/src/index.ts`, `import { ok } from 'node:assert';\nexport const id = ok;\n`);
  write(`${dir}/src/testing/index.ts`, `import { id } from '../index.js';\nexport const fake = id;\n`);
}

function entry(path) {
  return {
    '@openloop/source': `./src/${path}.ts`,
    types: `./dist/${path}.d.ts`,
    default: `./dist/${path}.js`,
  };
}

function writeJson(path, value) {
  write(path, JSON.stringify(value));
}

function write(path, text) {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
