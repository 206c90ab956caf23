import { withinFileFindings } from './across-documents.js';
import { problemAt, type AgentDocument } from './agent-document.js';
import { checkApprovals } from './checks/check-approvals.js';
import { checkSpending } from './checks/check-spending.js';
import { checkSurfaces } from './checks/check-surfaces.js';
import { checkTools } from './checks/check-tools.js';
import { agentFrom } from './effective-agent.js';
import type { ParseOptions } from './options.js';
import { error, problemFrom, shown, type Finding, type Path, type Problem } from './problem.js';
import { AgentSchema, API_VERSION, LATER_API_VERSION, type WrittenAgent } from './schema.js';
import { pathOf, schemaFindings, valueAt } from './schema-findings.js';
import { closest } from './suggest.js';
import { readYaml, type YamlDocument } from './yaml-text.js';

export interface ParsedAgents {
  /** The documents without an error, in order. */
  documents: readonly AgentDocument[];
  /** In the order of the text; all of them, up to 200. */
  problems: readonly Problem[];
}

/**
 * YAML (one or many documents) or JSON → the agents in it, and everything that is wrong with the rest, at once.
 * Never throws for what a file can hold. `file` is only for display.
 */
export function parseAgents(
  source: string | Uint8Array,
  file: string,
  options: ParseOptions = {},
): ParsedAgents {
  const yaml = readYaml(source, file);
  const checked = yaml.documents.map((document) => checkedDocument(document, file, options));
  const sound = checked.flatMap(({ document }) => document ?? []);
  const conflicts = withinFileFindings(sound);
  const problems = [
    ...yaml.problems,
    ...checked.flatMap((each) => each.problems),
    ...conflicts.map(({ document, finding }) => problemAt(document, finding)),
  ];
  const isSpoilt = yaml.problems.some(({ code }) => code === 'secret_in_config');
  const refused = new Set(conflicts.map(({ document }) => document));
  return {
    documents: isSpoilt ? [] : sound.filter((document) => !refused.has(document)),
    problems: worstInOrder(problems),
  };
}

const MOST_PROBLEMS = 200;

/** In the order of the text; of very many problems the errors, so that no error hides behind notes. */
function worstInOrder(problems: readonly Problem[]): readonly Problem[] {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const others = problems.filter(({ severity }) => severity !== 'error');
  const kept = [...errors, ...others].slice(0, MOST_PROBLEMS);
  return kept.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

interface CheckedDocument {
  document: AgentDocument | null;
  problems: readonly Problem[];
}

function checkedDocument(
  { value, places, index }: YamlDocument,
  file: string,
  options: ParseOptions,
): CheckedDocument {
  const { written, findings } = checkedValue(value, options);
  const problems = findings.map((finding) =>
    problemFrom(finding, places.at(finding.path, finding.part), file),
  );
  const isSound = written !== null && findings.every(({ severity }) => severity !== 'error');
  return { document: isSound ? { file, index, places, agent: agentFrom(written) } : null, problems };
}

function checkedValue(
  value: unknown,
  options: ParseOptions,
): { written: WrittenAgent | null; findings: readonly Finding[] } {
  const notOurs = headerFindings(value);
  if (notOurs.some(({ severity }) => severity === 'error')) return { written: null, findings: notOurs };
  const parsed = AgentSchema.safeParse(value);
  if (parsed.success)
    return { written: parsed.data, findings: [...notOurs, ...meaningFindings(parsed.data, options)] };
  const { issues } = parsed.error;
  return {
    written: null,
    findings: [...notOurs, ...schemaFindings(issues, value), ...findingsDespite(issues, value, options)],
  };
}

/** Whether this is an agent at all, in a version we read: if not, nothing else of it can be judged. */
function headerFindings(value: unknown): Finding[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const [version, kind] = [valueAt(value, ['apiVersion']), valueAt(value, ['kind'])];
  if (kind !== undefined && kind !== 'Agent') {
    const suggestion = typeof kind === 'string' ? closest(kind, ['Agent']) : undefined;
    return [error('unknown_kind', ['kind'], `unknown kind ${shown(kind)}`, { suggestion })];
  }
  if (version === LATER_API_VERSION) {
    const message = `${shown(version)} is read as ${API_VERSION}`;
    return [{ severity: 'note', code: 'api_version_alias', path: ['apiVersion'], message }];
  }
  if (version === API_VERSION) return [];
  const found = version === undefined ? 'apiVersion is missing' : shown(version);
  return [
    error('unsupported_api_version', ['apiVersion'], `${found}; this build reads ${API_VERSION}`, {
      suggestion: API_VERSION,
    }),
  ];
}

function meaningFindings(written: WrittenAgent, options: ParseOptions): Finding[] {
  return [
    ...checkSurfaces(written),
    ...checkSpending(written, options),
    ...checkTools(written, options),
    ...checkApprovals(written, options),
  ];
}

type Issues = Parameters<typeof schemaFindings>[0];

/**
 * What can be said of the sections that do fit the schema, so that one typo does not hide the rest: what does not
 * fit is taken out, and nothing is said of the sections it was taken from.
 */
function findingsDespite(issues: Issues, value: unknown, options: ParseOptions): Finding[] {
  const rest: unknown = structuredClone(value);
  for (const issue of issues) {
    const path = pathOf(issue);
    const removed = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    removed.forEach((each) => removeAt(rest, each));
  }
  const parsed = AgentSchema.safeParse(rest);
  if (!parsed.success) return [];
  const touched = new Set(issues.map((issue) => String(pathOf(issue)[1] ?? '')));
  // A gate is judged by the tools there are, and a tool's writes by the gates.
  if (touched.has('tools') || touched.has('approvals'))
    ['tools', 'approvals'].forEach((section) => touched.add(section));
  return meaningFindings(parsed.data, options).filter(({ path }) => !touched.has(String(path[1])));
}

function removeAt(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  // Taking an element out would move the others away from their places in the text.
  if (!Array.isArray(parent)) Reflect.deleteProperty(parent, key);
}
