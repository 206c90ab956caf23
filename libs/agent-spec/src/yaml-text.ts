import { Composer, LineCounter, Parser, type Document, type ErrorCode, type YAMLError } from 'yaml';

import { Places, type Place } from './places.js';
import { error, problemFrom, shown, type Finding, type Problem } from './problem.js';
import { forbiddenCharacters, readSource } from './source-text.js';
import { findSecrets } from './secrets.js';
import { tooDeepAt } from './yaml-depth.js';
import { walkYaml } from './yaml-walk.js';

/** One document of a file that is sound YAML; what it says is not checked yet. */
export interface YamlDocument {
  /** From 1, as people count. */
  index: number;
  value: unknown;
  places: Places;
}

export interface YamlText {
  documents: readonly YamlDocument[];
  problems: readonly Problem[];
}

// `uniqueKeys` is off because it is quadratic; `walkYaml` finds doubled keys.
const SETTINGS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  merge: false,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const;

const MOST_PROBLEMS = 50;

/** Text or bytes → the documents in it, or every reason why there are none. */
export function readYaml(source: string | Uint8Array, file: string): YamlText {
  const read = readSource(source);
  if ('finding' in read) return refused([problemFrom(read.finding, { line: 1, column: 1 }, file)]);
  const { text } = read;
  const lines = new LineCounter();
  const place = (offset: number) => placeIn(lines, offset);
  const problem = (offset: number, finding: Finding) => problemFrom(finding, place(offset), file);

  const before = findingsBeforeParsing(text);
  if (before.length > 0) {
    lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
    return refused(before.map(({ offset, finding }) => problem(offset, finding)));
  }

  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const parsed = [...new Composer(SETTINGS).compose(tokens, false, text.length)];
  const directives = tokens
    .filter((token) => token.type === 'directive')
    .map(({ offset }) =>
      problem(offset, error('yaml_directive_not_allowed', [], 'YAML directives are not allowed')),
    );
  const checked = parsed.map((document, i) => checkedDocument(document, { index: i + 1, place, file }));
  const problems = [
    ...directives,
    ...checked.flatMap((document) => document.problems),
    ...secretProblems(text, checked, problem),
  ];
  const documents = checked.filter((document) => document.problems.length === 0 && document.value !== null);
  if (documents.length === 0 && problems.length === 0) {
    return refused([problem(0, error('config_empty', [], 'the file has no document'))]);
  }
  return { documents: directives.length > 0 ? [] : documents, problems };
}

function refused(problems: readonly Problem[]): YamlText {
  return { documents: [], problems: problems.slice(0, MOST_PROBLEMS) };
}

/** What would make parsing unsafe or pointless. */
function findingsBeforeParsing(text: string): { offset: number; finding: Finding }[] {
  const found = forbiddenCharacters(text).map(({ offset, name }) => ({
    offset,
    finding: error('control_character', [], `control character ${name}`),
  }));
  if (found.length > 0) return found;
  const offset = tooDeepAt(text);
  return offset === null ? [] : [{ offset, finding: error('too_deep', [], 'nested too deep (max 32)') }];
}

interface Reading {
  index: number;
  place: (offset: number) => Place;
  file: string;
}

function checkedDocument(document: Document.Parsed, { index, place, file }: Reading) {
  const places = new Places(place, document.contents?.range[0] ?? document.range[0]);
  const walked = walkYaml(document.contents, places).map(({ offset, finding }) => {
    const hint = finding.code === 'duplicate_key' ? { hint: `first at ${firstPlace(places, finding)}` } : {};
    return problemFrom({ ...finding, ...hint }, place(offset), file);
  });
  const faults = [...document.errors, ...document.warnings].map((fault) => {
    return problemFrom(syntaxFinding(fault), place(fault.pos[0]), file);
  });
  const problems = [...withoutRepeats([...faults, ...walked])].slice(0, MOST_PROBLEMS);
  return { index, places, problems, value: problems.length === 0 ? toValue(document) : null };
}

function toValue(document: Document.Parsed): unknown {
  return document.toJS({ maxAliasCount: 0 });
}

function firstPlace(places: Places, { path }: Finding): string {
  const { line, column } = places.at(path, 'key');
  return `${line}:${column}`;
}

const CODES: Partial<Record<ErrorCode, readonly [code: string, message: string]>> = {
  ALIAS_PROPS: ['aliases_not_allowed', 'anchors and aliases are not allowed'],
  BAD_ALIAS: ['aliases_not_allowed', 'anchors and aliases are not allowed'],
  MULTIPLE_ANCHORS: ['aliases_not_allowed', 'anchors and aliases are not allowed'],
  BAD_DIRECTIVE: ['yaml_directive_not_allowed', 'YAML directives are not allowed'],
  DUPLICATE_KEY: ['duplicate_key', 'duplicate key'],
  MULTIPLE_TAGS: ['tag_not_allowed', 'tags are not allowed'],
  NON_STRING_KEY: ['yaml_syntax', 'keys must be plain text'],
  RESOURCE_EXHAUSTION: ['too_deep', 'nested too deep (max 32)'],
  TAB_AS_INDENT: ['tab_indent', 'tabs are not allowed as indentation'],
  TAG_RESOLVE_FAILED: ['tag_not_allowed', 'tags are not allowed'],
};

function syntaxFinding({ code, message }: YAMLError): Finding {
  const [ours, words] = CODES[code] ?? ['yaml_syntax', shown(message.split('\n')[0]).slice(1, -1)];
  return error(ours, [], words, ours === 'tab_indent' ? { hint: 'use spaces' } : {});
}

/** One thing at one place is said once: a tag is met by the parser and again on the walk. */
function withoutRepeats(problems: readonly Problem[]): Iterable<Problem> {
  const known = new Map<string, Problem>();
  for (const problem of problems) known.set(`${problem.code} ${problem.line}:${problem.column}`, problem);
  return [...known.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function secretProblems(
  text: string,
  documents: readonly { places: Places }[],
  problem: (offset: number, finding: Finding) => Problem,
): Problem[] {
  return findSecrets(text).map(({ offset }) => {
    const paths = documents.map(({ places }) => places.pathAt(offset));
    const path = paths.find((candidate) => candidate.length > 0) ?? [];
    const hint =
      'use ${env:NAME} and set NAME where OpenLoop runs; then replace this secret, it has been seen';
    return problem(
      offset,
      error('secret_in_config', path, 'a secret is written out here (value hidden)', { hint }),
    );
  });
}

function placeIn(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
