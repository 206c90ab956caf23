import { z } from 'zod';

import { nameHomoglyph } from './homoglyphs.js';
import { error, kindOf, shown, showPath, type Finding, type Path } from './problem.js';
import { AgentSchema } from './schema.js';
import { closest } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** What the schema refuses, in words people can act on. `root` is the value that was parsed. */
export function schemaFindings(issues: readonly Issue[], root: unknown): readonly Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, pathOf(issue), root));
}

export function pathOf(issue: Issue): Path {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}

/** Follows a path through parsed YAML; `undefined` where it leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    const isContainer = typeof value === 'object' && value !== null && Object.hasOwn(value, part);
    return isContainer ? Reflect.get(value, part) : undefined;
  }, root);
}

function findingsOf(issue: Issue, path: Path, root: unknown): Finding[] {
  const value = valueAt(root, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path));
  if (value === undefined && path.length > 0) return [missingKey(path)];
  const [, code, message] = /^([a-z_]+): (.*)$/s.exec(issue.message) ?? [];
  if (code !== undefined && message !== undefined) return [saidFinding({ code, message, path, value })];
  if (issue.code === 'invalid_value') return [notOneOf(issue.values.map(String), path, value)];
  if (issue.code === 'invalid_type') return [wrongType(issue.expected, path, value)];
  return [error('invalid_value', path, `${showPath(path)}: ${issue.message}`)];
}

function unknownKey(key: string, path: Path): Finding {
  const known = keysAt(path);
  const suggestion = closest(key, known);
  const place = path.length === 0 ? 'the document' : showPath(path);
  const hint = suggestion === undefined && known.length > 0 ? `known: ${known.join(', ')}` : undefined;
  return error('unknown_key', [...path, key], `unknown key ${shown(key)} in ${place}`, {
    part: 'key',
    suggestion,
    hint,
  });
}

function missingKey(path: Path): Finding {
  const place = path.length === 1 ? 'the document' : showPath(path.slice(0, -1));
  return error('missing_key', path, `${place} needs "${path.at(-1)}"`);
}

function saidFinding({
  code,
  message,
  path,
  value,
}: {
  code: string;
  message: string;
  path: Path;
  value: unknown;
}): Finding {
  const isName = code === 'invalid_name' && typeof value === 'string';
  const hint = isName ? nameHomoglyph(value) : undefined;
  const withAt =
    typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value) ? `@${value}` : undefined;
  const suggestion = code === 'invalid_approver' ? withAt : undefined;
  return error(code, path, `${showPath(path)}: ${shown(value)}: ${message}`, { hint, suggestion });
}

function notOneOf(allowed: readonly string[], path: Path, value: unknown): Finding {
  const suggestion = typeof value === 'string' ? closest(value, allowed) : undefined;
  return error('not_one_of', path, `${showPath(path)}: ${shown(value)} is not one of ${allowed.join(', ')}`, {
    suggestion,
  });
}

const YAML_KINDS: Readonly<Record<string, string>> = {
  array: 'list',
  object: 'map',
  record: 'map',
  string: 'text',
  boolean: 'true or false',
};

function wrongType(expected: string, path: Path, value: unknown): Finding {
  const kind = YAML_KINDS[expected] ?? expected;
  const place = path.length === 0 ? 'the document' : showPath(path);
  return error('wrong_type', path, `${place}: expected ${kind}, found ${kindOf(value)}`, {
    hint: typeHint(kind, path, value),
  });
}

function typeHint(kind: string, path: Path, value: unknown): string | undefined {
  if (path.at(-1) === 'channel' && value === null)
    return 'an unquoted # starts a comment; write channel: "#name"';
  if (kind === 'list' && typeof value === 'string') return `write [${shown(value)}]`;
  return kind === 'text' && (typeof value === 'number' || typeof value === 'boolean')
    ? 'put it in quotes'
    : undefined;
}

/** The keys that the schema knows at a path. */
function keysAt(path: Path): readonly string[] {
  let schema: unknown = unwrapped(AgentSchema);
  for (const part of path) {
    if (schema instanceof z.ZodObject) schema = unwrapped(Reflect.get(schema.shape, part));
    else if (schema instanceof z.ZodArray) schema = unwrapped(schema.element);
    else return [];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable
  ) {
    inner = inner.unwrap();
  }
  return inner;
}
