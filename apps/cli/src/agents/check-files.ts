import {
  parseAgents,
  problemsAcrossFiles,
  problemsAsGitHub,
  renderProblem,
  type Problem,
} from '@openloop/agent-spec';
import type { AgentFile } from '@openloop/api-contract';

import { plainJson, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { plural } from '../terminal/words.js';
import type { AgentSource } from './read-agent-files.js';

export interface CheckedFiles {
  sources: readonly AgentSource[];
  /** Of all files, in the order of the files. */
  problems: readonly Problem[];
  agents: readonly string[];
}

/** What can be said of files without a server. */
export function checkFiles(sources: readonly AgentSource[]): CheckedFiles {
  const parsed = sources.map(({ bytes, file }) => parseAgents(bytes, file));
  const documents = parsed.flatMap((each) => each.documents);
  return {
    sources,
    problems: [...parsed.flatMap(({ problems }) => problems), ...problemsAcrossFiles(documents)],
    agents: documents.map(({ agent }) => agent.name),
  };
}

/** As the API takes them. The text has passed the check that it is UTF-8. */
export function filesForApi(sources: readonly AgentSource[]): AgentFile[] {
  return sources.map(({ file, bytes }) => ({ file, text: new TextDecoder().decode(bytes) }));
}

export function hasErrors(problems: readonly { severity: string }[], isStrict = false): boolean {
  return problems.some(({ severity }) => severity === 'error' || (isStrict && severity === 'warning'));
}

export type ProblemFormat = 'table' | 'json' | 'github';

/** Problems for people, for programs on stdout (`json`), or as annotations of a workflow (`github`). */
export function showProblems(
  terminal: Terminal,
  format: ProblemFormat,
  { problems, sources }: Pick<CheckedFiles, 'problems' | 'sources'>,
): void {
  if (format === 'json') {
    terminal.print(plainJson(JSON.stringify(problems, null, 2)));
    return;
  }
  if (problems.length === 0) return;
  if (format === 'github') {
    terminal.print(plainText(problemsAsGitHub(problems)));
    return;
  }
  const texts = new Map(sources.map(({ file, bytes }) => [file, bytes]));
  for (const problem of problems) {
    terminal.tell(
      painted(plainText(renderProblem(problem, texts.get(problem.file) ?? '')), problem, terminal),
    );
  }
}

function painted(text: string, { severity }: Problem, { tint }: Terminal): string {
  const paint = severity === 'error' ? tint.red : severity === 'warning' ? tint.yellow : tint.dim;
  return text.replace(`  ${severity}  `, `  ${paint(severity)}  `);
}

/** `2 errors, 1 warning`. */
export function tally(problems: readonly { severity: string }[]): string {
  const of = (severity: string): number => problems.filter((each) => each.severity === severity).length;
  const [errors, warnings] = [of('error'), of('warning')];
  return (
    [...(errors ? [plural(errors, 'error')] : []), ...(warnings ? [plural(warnings, 'warning')] : [])].join(
      ', ',
    ) || 'no problems'
  );
}
