import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';

import type { Places } from './places.js';
import { error, shown, type Finding, type Path } from './problem.js';
import { forbiddenCharacters } from './source-text.js';
import { isTooDeep } from './yaml-depth.js';

/** A finding that knows its offset, because its path may be ambiguous (a key written twice). */
export interface OffsetFinding {
  offset: number;
  finding: Finding;
}

interface Visit {
  node: unknown;
  path: Path;
  keyOffset?: number;
}

/**
 * Notes where everything stands and finds what YAML allows but a config must not hold: anchors, aliases, merge
 * keys, tags, doubled keys. Iterative, and linear in the size of the text, unlike the parser's own key check.
 */
export function walkYaml(root: unknown, places: Places): readonly OffsetFinding[] {
  const findings: OffsetFinding[] = [];
  const waiting: Visit[] = [{ node: root, path: [] }];
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    const { node, path, keyOffset } = visit;
    const [start, end] = rangeOf(node) ?? [keyOffset ?? 0, keyOffset ?? 0];
    places.add(path, { value: start, end, ...(keyOffset === undefined ? {} : { key: keyOffset }) });
    findings.push(...nodeFindings(node, path, start));
    if (isTooDeep(path)) continue;
    if (isSeq(node)) waiting.push(...node.items.map((item, i) => ({ node: item, path: [...path, i] })));
    if (isMap(node)) {
      findings.push(...keyFindings(node, path));
      waiting.push(...node.items.map((pair) => visitOf(pair, path)));
    }
  }
  return findings.toSorted((a, b) => a.offset - b.offset);
}

function visitOf(pair: Pair, path: Path): Visit {
  const key = keyOf(pair);
  return { node: pair.value, path: [...path, key.name], keyOffset: key.offset };
}

function nodeFindings(node: unknown, path: Path, offset: number): OffsetFinding[] {
  const found: Finding[] = [];
  if (isTooDeep(path)) found.push(error('too_deep', path, 'nested too deep (max 32)'));
  if (isAlias(node) || anchorOf(node) !== undefined) {
    found.push(
      error('aliases_not_allowed', path, 'anchors and aliases are not allowed', {
        hint: 'write the value out',
      }),
    );
  }
  const tag = tagOf(node);
  if (tag !== undefined) {
    found.push(
      error('tag_not_allowed', path, `the tag ${shown(tag)} is not allowed`, { hint: 'leave it out' }),
    );
  }
  if (isScalar(node) && typeof node.value === 'string') {
    const [first] = forbiddenCharacters(node.value);
    if (first) found.push(error('control_character', path, `control character ${first.name} in a value`));
  }
  return found.map((finding) => ({ offset, finding }));
}

function keyFindings(map: YAMLMap, path: Path): OffsetFinding[] {
  const firstOffsets = new Map<string, number>();
  const findings: OffsetFinding[] = [];
  for (const pair of map.items) {
    const { name, offset, isPlain } = keyOf(pair);
    const keyPath = [...path, name];
    const add = (code: string, message: string) =>
      findings.push({ offset, finding: error(code, keyPath, message, { part: 'key' }) });
    if (firstOffsets.has(name)) add('duplicate_key', `duplicate key '${name}'`);
    if (name === '<<' && isPlain) add('aliases_not_allowed', 'merge keys (<<) are not allowed');
    // Plain objects and Zod both pass this one over in silence.
    if (name === '__proto__') add('unknown_key', `unknown key ${shown(name)}`);
    findings.push(
      ...nodeFindings(pair.key, keyPath, offset).filter(({ finding }) => finding.code !== 'too_deep'),
    );
    if (!firstOffsets.has(name)) firstOffsets.set(name, offset);
  }
  return findings;
}

function keyOf(pair: Pair): { name: string; offset: number; isPlain: boolean } {
  const { key } = pair;
  const offset = rangeOf(key)?.[0] ?? 0;
  if (isScalar(key)) return { name: String(key.value), offset, isPlain: key.type === 'PLAIN' };
  return { name: '?', offset, isPlain: false }; // a key that is a list or an alias: already an error by itself
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  if (!(isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) || isPair(node)) return undefined;
  return node.range ? [node.range[0], node.range[1]] : undefined;
}

function anchorOf(node: unknown): string | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
}

function tagOf(node: unknown): string | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? (node as Node).tag : undefined; // every node may hold a tag; the guards lose that
}
