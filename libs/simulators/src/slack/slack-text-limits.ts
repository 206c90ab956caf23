import { isObject, textOf } from '../loopback.js';

/** Reports a problem at a JSON pointer inside a block. */
export type Report = (pointer: string, problem: string) => void;

/** A text object of at most `max` characters. */
export function checkText(
  value: unknown,
  report: Report,
  { at, max, onlyPlain = false }: { at: string; max: number; onlyPlain?: boolean },
): void {
  if (!isObject(value)) return report(at, 'missing required field: text');
  const type = textOf(value['type']);
  const isKnown = type === 'plain_text' || (type === 'mrkdwn' && !onlyPlain);
  if (!isKnown) return report(`${at}/type`, `unsupported type: ${type}`);
  checkLength(value['text'], report, { at: `${at}/text`, max });
}

export function checkLength(value: unknown, report: Report, { at, max }: { at: string; max: number }): void {
  if (typeof value !== 'string') return report(at, 'must be a string');
  if (value.length === 0) report(at, 'must be more than 0 characters');
  if (value.length > max) report(at, `must be less than ${max + 1} characters`);
}

export function atMost(all: readonly unknown[], max: number, report: Report, at: string): void {
  if (all.length > max) report(at, `no more than ${max} items allowed`);
}
