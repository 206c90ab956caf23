import type { Place } from './places.js';
import { maskSecrets } from './secrets.js';

export type Severity = 'error' | 'warning' | 'note';

/** What is wrong in a file, and where. Only an `error` keeps a file from being applied. */
export interface Problem {
  severity: Severity;
  /** What programs match on: `unknown_key`. Never changes once released. */
  code: string;
  message: string;
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units. */
  column: number;
  /** `spec.approvals.require_for[1]`; empty for the file as a whole. */
  path: string;
  /** What was probably meant; can be typed in place of what is there. */
  suggestion?: string;
  /** The next step, or what would be accepted. */
  hint?: string;
}

export type Path = readonly (string | number)[];

/** A problem before its place in the text is known. */
export interface Finding {
  severity: Severity;
  code: string;
  message: string;
  path: Path;
  /** Point at the key instead of at its value. */
  part?: 'key' | 'value';
  suggestion?: string | undefined;
  hint?: string | undefined;
}

type Extra = Pick<Finding, 'part' | 'suggestion' | 'hint'>;

export function error(code: string, path: Path, message: string, extra: Extra = {}): Finding {
  return { severity: 'error', code, path, message, ...extra };
}

export function warning(code: string, path: Path, message: string, extra: Extra = {}): Finding {
  return { severity: 'warning', code, path, message, ...extra };
}

export function note(code: string, path: Path, message: string, extra: Extra = {}): Finding {
  return { severity: 'note', code, path, message, ...extra };
}

export function problemFrom(finding: Finding, { line, column }: Place, file: string): Problem {
  const { severity, code, message, path, suggestion, hint } = finding;
  return {
    severity,
    code,
    message,
    file,
    line,
    column,
    path: showPath(path),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** `['spec', 'tools', 0, 'name']` → `spec.tools[0].name`. */
export function showPath(path: Path): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${visible(part)}`));
  return parts.join('').replace(/^\./, '');
}

const MOST_SHOWN = 60;

/** A value as a message quotes it: escapes visible, secrets hidden, at most 60 characters. */
export function shown(value: unknown): string {
  if (typeof value !== 'string') return visible(typeof value === 'object' ? kindOf(value) : String(value));
  return `"${visible(value)}"`;
}

function visible(text: string): string {
  const masked = maskSecrets(text);
  const cut = masked.length > MOST_SHOWN ? `${masked.slice(0, MOST_SHOWN - 1)}…` : masked;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** What a value is called in YAML. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';
  return typeof value === 'boolean' ? 'true or false' : typeof value === 'string' ? 'text' : 'number';
}
