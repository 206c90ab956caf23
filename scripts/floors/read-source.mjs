import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseSync } from 'oxc-parser';

const SOURCE = /\.[cm]?[jt]sx?$/;
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);
const TEST = /\.test\.tsx?$|(^|\/)src\/testing\/|(^|\/)test\//;

/**
 * @typedef {object} Source
 * @property {string} file path from the root
 * @property {boolean} isTest tests, fakes and contract suites
 * @property {{ specifier: string, line: number }[]} imports every module it names, whatever the syntax
 * @property {{ type: string, line: number, node: any }[]} nodes the whole syntax tree, flat
 * @property {{ line: number, message: string }[]} problems why the parser could not read it
 */

/** @returns {string[]} every source file under a project's folder, as paths from the root */
export function sourceFiles(root, dir) {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory())
      return SKIPPED.has(entry.name) || isProject(root, path) ? [] : sourceFiles(root, path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

function isProject(root, path) {
  return existsSync(join(root, path, 'package.json'));
}

/** @returns {Source} */
export function readSource(root, file) {
  const text = readFileSync(join(root, file), 'utf8');
  const { program, errors } = parseSync(file, text);
  const lineOf = lineFinder(text);
  const nodes = [];
  collect(program, (node) => nodes.push({ type: node.type, line: lineOf(node.start), node }));
  return {
    file,
    isTest: TEST.test(file),
    imports: nodes.flatMap(({ node, line }) => {
      const specifier = specifierOf(node);
      return specifier === undefined ? [] : [{ specifier, line }];
    }),
    nodes,
    problems: errors.map(({ message, labels }) => ({ line: lineOf(labels[0]?.start ?? 0), message })),
  };
}

function collect(value, visit) {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, visit);
  } else if (value !== null && typeof value === 'object') {
    if (typeof value.type === 'string') visit(value);
    for (const child of Object.values(value)) collect(child, visit);
  }
}

/** The module that a node names, in any of the ways there are to name one. */
function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literal(node.source);
    case 'TSExternalModuleReference':
      return literal(node.expression);
    case 'CallExpression':
      return node.callee.name === 'require' || isImportMetaResolve(node.callee)
        ? literal(node.arguments[0])
        : undefined;
    default:
      return undefined;
  }
}

function isImportMetaResolve({ type, object, property }) {
  return type === 'MemberExpression' && object.type === 'MetaProperty' && property.name === 'resolve';
}

function literal(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.quasis.length === 1) return node.quasis[0].value.cooked;
  return undefined;
}

function lineFinder(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
