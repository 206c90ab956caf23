import type { Problem } from './problem.js';
import { maskSecrets } from './secrets.js';

const LINES_BEFORE = 2;
const MOST_COLUMNS = 80;

/**
 * One problem as the command line shows it: place, message, the lines around it and a caret under the cause.
 * Plain text. `text` is the file the problem was found in; secrets in it are not shown.
 */
export function renderProblem(problem: Problem, text: string | Uint8Array): string {
  const { file, line, column, severity, message, code } = problem;
  const title = `${file}:${line}:${column}  ${severity}  ${message} [${code}]`;
  const lines = linesOf(text);
  const cause = lines[line - 1];
  if (cause === undefined) return [title, ...Object.values(adviceOn(problem)).flat()].join('\n  ');
  const width = String(line).length + 2;
  const gutter = `${' '.repeat(width)} │ `;
  const shift = cause.length > MOST_COLUMNS ? Math.max(0, column - MOST_COLUMNS / 2) : 0;
  const around = lines.slice(Math.max(0, line - 1 - LINES_BEFORE), line).map((each, i, { length }) => {
    return `${String(line - length + 1 + i).padStart(width)} │ ${cut(each, shift)}`.trimEnd();
  });
  const indent = cause.slice(shift, column - 1).replace(/[^\t]/gu, ' ');
  const carets = '^'.repeat(Math.min(wordLength(cause.slice(column - 1)), MOST_COLUMNS / 2));
  const { meant, hint } = adviceOn(problem);
  return [
    title,
    ...around,
    [gutter, indent, carets, ...meant.map((each) => ` ${each}`)].join(''),
    ...hint.map((each) => gutter + each),
  ].join('\n');
}

/** Annotations for GitHub's workflow log, one line each. */
export function problemsAsGitHub(problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const { severity, file, line, column, code, message } = problem;
      const { meant, hint } = adviceOn(problem);
      const level = severity === 'note' ? 'notice' : severity;
      const place = `file=${property(file)},line=${line},col=${column},title=${property(code)}`;
      return `::${level} ${place}::${escaped([message, ...meant, ...hint].join('; '))}`;
    })
    .join('\n');
}

function linesOf(source: string | Uint8Array): readonly string[] {
  const text = typeof source === 'string' ? source : new TextDecoder('utf-8').decode(source);
  return maskSecrets(text.replace(/^\ufeff/, ''))
    .split('\n')
    .map((line) =>
      line.replace(/\r$/, '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => (char === '\t' ? '\t' : '·')),
    );
}

function adviceOn({ suggestion, hint }: Problem): { meant: string[]; hint: string[] } {
  return {
    meant: suggestion === undefined ? [] : [`did you mean "${suggestion}"?`],
    hint: hint === undefined ? [] : [hint],
  };
}

/** At most 80 characters of a line, beginning after `shift`. */
function cut(line: string, shift: number): string {
  const end = shift + MOST_COLUMNS;
  return line.length > end ? `${line.slice(shift, end - 1)}…` : line.slice(shift);
}

/** How far the key or value at the start of a text reaches. */
function wordLength(text: string): number {
  const [word] = /^("(?:[^"\\]|\\.)*"|'[^']*'|[[\]{}]|[^\s,\]}#]+?(?=:(\s|$)|[\s,\]}]|$))/.exec(text) ?? [];
  return Math.max(1, word?.length ?? 1);
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
