// What the documentation says is held against the sources: links, agents, routes, error codes, settings, commands.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { buildProgram } from '../apps/cli/src/program.ts';
import { Environment } from '../apps/runtime/src/config.ts';
import { parseAgents } from '../libs/agent-spec/src/index.ts';
import { routes, STATUS_OF } from '../libs/api-contract/src/index.ts';
import { ERRORS_PAGE, errorCodes, errorsTable } from './docs-errors.mjs';
import { ROUTES_PAGE, routesTable } from './docs-routes.mjs';
import { blockIn } from './docs/blocks.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (file) => readFileSync(join(ROOT, file), 'utf8');

const PAGES = globSync(['*.md', 'docs/**/*.md', '{apps,libs,libs/adapters}/*/README.md', 'agents/*.md'], {
  cwd: ROOT,
})
  .filter((file) => !file.includes('node_modules'))
  .sort();

describe('the pages', () => {
  it('are all looked at', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/start.md', 'libs/kernel/README.md']));
    expect(PAGES.length).toBeGreaterThan(45);
  });

  it.each(PAGES)('%s links only to what is there', (page) => {
    const targets = [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));

    expect(local.filter((target) => !isThere(page, target))).toEqual([]);
  });

  it.each(PAGES)('%s names only files that are there', (page) => {
    const named = [...prose(read(page)).matchAll(/`((?:apps|libs|scripts|docs|bin|agents|bench)\/[^`\s]*)`/g)]
      .map(([, file]) => file)
      .filter((file) => !/[*<>{}…]/.test(file));

    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('agents in the pages', () => {
  const agents = PAGES.flatMap((page) =>
    [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
      .map(([, text]) => text)
      .filter((text) => text.includes('kind: Agent'))
      .map((text, index) => ({ name: `${page} #${index + 1}`, text })),
  );

  it('are found', () => expect(agents.length).toBeGreaterThanOrEqual(3));

  it.each(agents)('$name is one that can be applied', ({ name, text }) => {
    const { documents, problems } = parseAgents(text, name, {});

    expect(problems).toEqual([]);
    expect(documents).toHaveLength(1);
  });
});

describe('the generated tables', () => {
  it('docs/http-api.md lists the routes there are', () => {
    // If this fails: node scripts/bootstrap.mjs --build scripts/docs-routes.mjs --write
    expect(blockIn(ROUTES_PAGE, 'routes')).toBe(routesTable(routes));
  });

  it('docs/errors.md lists the error codes there are', () => {
    // If this fails: node scripts/bootstrap.mjs --build scripts/docs-errors.mjs --write
    expect(blockIn(ERRORS_PAGE, 'errors')).toBe(errorsTable(errorCodes(), STATUS_OF));
  });

  it('docs/errors.md explains every reason for which a run stops', () => {
    const [, union = ''] = /export type StopCode =([^;]*);/.exec(read('libs/runs/src/run.ts')) ?? [];
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);

    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !read('docs/errors.md').includes(`| \`${code}\` `))).toEqual([]);
  });
});

describe('.env.example', () => {
  const lines = read('.env.example').split('\n');
  const settings = lines.filter((line) => /^#?[A-Z][A-Z0-9_]*=/.test(line));
  const names = settings.map((line) => line.replace(/^#/, '').replace(/=.*/, ''));

  it('lists exactly what the code reads', () => {
    const compatible = ['OPENAI_COMPATIBLE_LOCAL_BASE_URL', 'OPENAI_COMPATIBLE_LOCAL_API_KEY'];
    const expected = [...Object.keys(Environment.shape), ...compatible, ...readByTheCli()];

    expect(names.toSorted()).toEqual([...new Set(expected)].toSorted());
  });

  it('says of each what it is for, and sets none', () => {
    const unexplained = settings.filter((line) => !/^# \S/.test(lines[lines.indexOf(line) - 1] ?? ''));

    expect(unexplained).toEqual([]);
    expect(settings.filter((line) => !line.startsWith('#'))).toEqual([]);
  });
});

describe('the commands in the pages', () => {
  const known = commandsOf(buildProgram(silentIo(), '0.0.0', () => undefined));

  it.each(PAGES)('%s names only commands that there are', (page) => {
    const named = [...read(page).matchAll(/(?:^(?:\$ )?|`)(?:npx )?openloop ((?:[a-z]+ ?)+)/gm)];

    expect(named.map(([, words]) => words.trim()).filter((words) => !isCommand(words, known))).toEqual([]);
  });

  it('docs/cli.md has every one of them', () => {
    const page = read('docs/cli.md');
    const own = [...known].filter((name) => !name.endsWith('help') && !isGroup(name, known));

    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });

  it('name only scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name));

    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** The text without what stands in fences: examples may name what is not here. */
function prose(text) {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}

function isThere(page, target) {
  const [path, anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(read(file)).has(anchor);
}

function anchorsOf(text) {
  const titles = [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What every program on a terminal reads is no setting of ours. */
const OF_THE_TERMINAL = new Set(['TERM', 'CI']);

function readByTheCli() {
  const files = globSync('apps/cli/src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'));
  const text = files.map(read).join('\n');
  const names = [...text.matchAll(/\benv(?:\[['"]|\.)([A-Z][A-Z0-9_]+)/g)].map(([, name]) => name);
  return names.filter((name) => !OF_THE_TERMINAL.has(name));
}

/** `approvals approve`, with every other name it goes by. */
function commandsOf(command, before = '') {
  return new Set(
    command.commands.flatMap((each) =>
      [each.name(), ...each.aliases()].flatMap((name) => [
        `${before}${name}`,
        ...commandsOf(each, `${before}${name} `),
      ]),
    ),
  );
}

function isGroup(name, known) {
  return [...known].some((other) => other.startsWith(`${name} `));
}

/** Words after the command are its arguments; a group needs one of its commands, or nothing at all. */
function isCommand(words, known) {
  const all = words.split(' ');
  const names = all.map((_, count) => all.slice(0, count + 1).join(' '));
  const longest = names.findLast((name) => known.has(name));
  return longest !== undefined && (longest === words || !isGroup(longest, known));
}

function silentIo() {
  const sink = { write: () => true };
  return { args: [], env: {}, stdout: sink, stderr: sink };
}
