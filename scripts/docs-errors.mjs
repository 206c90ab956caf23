// Prints the table of error codes in docs/errors.md from the sources, or with --write puts it there:
//   node scripts/bootstrap.mjs scripts/docs-errors.mjs --write
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { tableOf, writeBlock } from './docs/blocks.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const ERRORS_PAGE = join(ROOT, 'docs', 'errors.md');

const SOURCES = '{apps,libs}/**/src/**/*.ts';
const NOT_SOURCES = /node_modules|\/dist\/|\/testing\/|\.test\.ts$/;
const THROWN = /new AppError\(/g;
const WRITTEN_OUT = /^new AppError\(\s*'(?<kind>\w+)',\s*'(?<code>[\w.]+)'/;

/** @typedef {{ kind: string, code: string, place: string }} ErrorCode */

/**
 * Where the code of an error is not written at the call: how to find its codes in that file, and how many such calls
 * there are. A call that is neither written out nor named here is an error of the docs.
 *
 * @type {Readonly<Record<string, { calls: number, find: RegExp, also?: readonly [kind: string, code: string][] }>>}
 */
const INDIRECT = {
  'apps/runtime/src/http/decisions.ts': {
    calls: 2,
    find: /^ {2}(?<code>\w+): (?:\{\s*)kind: '(?<kind>\w+)'/gm,
    also: [
      ['conflict', 'already_approved'],
      ['conflict', 'already_denied'],
      ['conflict', 'already_answered'],
      ['conflict', 'already_cancelled'],
      ['conflict', 'already_stale'],
      ['gone', 'already_expired'],
    ],
  },
  'apps/runtime/src/http/error-filter.ts': {
    calls: 1,
    find: /code: '(?<code>\w+)'/g,
    also: [['not_found', 'route_not_found']],
  },
  'libs/access/src/authenticate.ts': {
    calls: 1,
    find: /unauthenticated\(\s*'(?<code>\w+)'(?<kind>)/g,
  },
};

/** What an indirect call is when nothing at the place says it. */
const KIND_OF_FILE = {
  'apps/runtime/src/http/error-filter.ts': 'invalid',
  'libs/access/src/authenticate.ts': 'unauthenticated',
};

/** @returns {ErrorCode[]} every code there is, once for each file that makes it, in order */
export function errorCodes(root = ROOT) {
  const files = globSync(SOURCES, { cwd: root })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !NOT_SOURCES.test(file))
    .sort();
  const found = files.flatMap((file) => codesIn(file, readFileSync(join(root, file), 'utf8')));
  return found.sort((a, b) => (a.code === b.code ? 0 : a.code < b.code ? -1 : 1));
}

function codesIn(file, text) {
  const calls = [...text.matchAll(THROWN)].map(({ index }) => WRITTEN_OUT.exec(text.slice(index))?.groups);
  const direct = calls.filter((groups) => groups !== undefined);
  const indirect = INDIRECT[file];
  const hidden = calls.length - direct.length;
  if (hidden !== (indirect?.calls ?? 0)) {
    throw new Error(
      `${file} makes ${hidden} errors whose code is not written at the call; name them in ${import.meta.filename}`,
    );
  }
  const named = indirect ? namedIn(file, text, indirect) : [];
  return [...direct.map(({ kind, code }) => ({ kind, code, place: file })), ...named];
}

function namedIn(file, text, { find, also = [] }) {
  const listed = also.map(([kind, code]) => ({ kind, code, place: file }));
  const known = new Set(listed.map(({ code }) => code));
  const found = [...text.matchAll(find)]
    .map(({ groups }) => ({ kind: groups.kind || KIND_OF_FILE[file], code: groups.code, place: file }))
    .filter(({ code }) => !known.has(code));
  if (found.length === 0) throw new Error(`${file} was to name error codes, and none was found`);
  return [...found, ...listed];
}

/**
 * @param {readonly ErrorCode[]} codes
 * @param {Readonly<Record<string, number>>} statusOf by kind
 */
export function errorsTable(codes, statusOf, root = ROOT) {
  const exceptions = statusExceptions(root);
  const rows = Object.values(Object.groupBy(codes, ({ code, kind }) => `${code} ${kind}`)).map((same) => {
    const [{ code, kind }] = same;
    const isOfHttp = same.some(({ place }) => !OUTSIDE_HTTP.test(place));
    const status = exceptions.get(code) ?? statusOf[kind];
    const places = [...new Set(same.map(({ place }) => place))].map(linkTo).join(', ');
    return [`\`${code}\``, kind, isOfHttp ? String(status) : '–', places];
  });
  return tableOf(['code', 'kind', 'HTTP', 'where it comes from'], rows);
}

const OUTSIDE_HTTP = /^apps\/(cli\/|runtime\/src\/[^/]+$)|api-client|request-for/;

function linkTo(place) {
  return `[${place.replace(/^(?:libs\/adapters|libs|apps)\/([^/]+)\/src\//, '$1/')}](../${place})`;
}

/** The few codes whose status is not that of their kind. */
function statusExceptions(root) {
  const text = readFileSync(join(root, 'apps/runtime/src/http/error-filter.ts'), 'utf8');
  const [, body] = /STATUS_OF_CODE[^{]*\{([^}]*)\}/.exec(text) ?? [];
  if (body === undefined) throw new Error('The error filter has no STATUS_OF_CODE any more');
  return new Map([...body.matchAll(/(\w+): (\d{3})/g)].map(([, code, status]) => [code, Number(status)]));
}

async function main() {
  const { STATUS_OF } = await import('../libs/api-contract/dist/problem.js');
  const table = errorsTable(errorCodes(), STATUS_OF);
  if (process.argv.includes('--write')) writeBlock(ERRORS_PAGE, 'errors', table);
  else console.log(table);
}

if (process.argv[1] && relative(process.argv[1], fileURLToPath(import.meta.url)) === '') await main();
