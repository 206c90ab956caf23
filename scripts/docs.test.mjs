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

  it('link only to what is there', () => {
    const broken = faultsOf((text, page) =>
      [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !isThere(page, target)),
    );

    expect(broken).toEqual([]);
  });

  it('name only files that are there', () => {
    const missing = faultsOf((text) =>
      [...prose(text).matchAll(/`((?:apps|libs|scripts|docs|bin|agents|bench)\/[^`\s]*)`/g)]
        .map(([, file]) => file)
        .filter((file) => !/[*<>{}…]|NAME/.test(file) && !existsSync(join(ROOT, file))),
    );

    expect(missing).toEqual([]);
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
    // If this fails: npm run docs:write
    expect(blockIn(ROUTES_PAGE, 'routes')).toBe(routesTable(routes));
  });

  it('docs/errors.md lists the error codes there are', () => {
    // If this fails: npm run docs:write
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
  const program = buildProgram(silentIo(), '0.0.0', () => undefined);

  it('are commands that there are', () => {
    const known = new Set(commandsOf(program, (each) => [each.name(), ...each.aliases()]));
    const unknown = faultsOf((text) =>
      [...text.matchAll(/(?:^(?:\$ )?|`)(?:npx )?openloop ((?:[a-z]+ ?)+)/gm)]
        .map(([, words]) => words.trim())
        .filter((words) => !isCommand(words, known)),
    );

    expect(unknown).toEqual([]);
  });

  it('are all in docs/cli.md', () => {
    const page = read('docs/cli.md');
    const known = commandsOf(program, (each) => [each.name()]);
    const own = known.filter((name) => !name.endsWith('help') && !isGroup(name, known));

    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });

  it('of npm are scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const unknown = faultsOf((text) =>
      [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name).filter((name) => !(name in scripts)),
    );

    expect(unknown).toEqual([]);
  });
});

/** What `faultsIn` finds wrong in each page, with the page. */
function faultsOf(faultsIn) {
  return PAGES.flatMap((page) => faultsIn(read(page), page).map((fault) => `${page}: ${fault}`));
}

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

/** `approvals approve`, under each of the names that `namesOf` gives a command. */
function commandsOf(command, namesOf, before = '') {
  return command.commands.flatMap((each) =>
    namesOf(each).flatMap((name) => [`${before}${name}`, ...commandsOf(each, namesOf, `${before}${name} `)]),
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
