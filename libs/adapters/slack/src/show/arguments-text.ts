import type { CardLine } from '@openloop/surfaces';

import { plain } from './plain-text.js';

/** A label of which no part can be taken for another label or for a value. */
const PLAIN_LABEL = /^[\p{L}\p{N}_][\p{L}\p{N}_.\-[\] ]*$/u;
const NEXT_LINE = '\n    ';

export interface Fitted {
  text: string;
  isWhole: boolean;
}

/**
 * `label: value`, one argument after the other, whole when they fit. Else the longest values give way to their length,
 * and what still does not fit to a count.
 */
export function argumentsText(args: readonly CardLine[], most: number): Fitted {
  const lines = args.map(({ label, value }) => ({ label: labelText(label), value: plain(value) }));
  const text = written(lines);
  if (text.length <= most) return { text, isWhole: true };
  return { text: fitted(lines, most), isWhole: false };
}

/** A label of an argument, quoted when it could be read as anything else. */
export function labelText(label: string): string {
  const shown = plain(label);
  return PLAIN_LABEL.test(shown) ? shown : JSON.stringify(shown);
}

/** The lines of a value after its first are set in, so that none of them can pass for an argument. */
function valueText(value: string): string {
  return value.replaceAll('\n', NEXT_LINE);
}

function written(lines: readonly CardLine[]): string {
  return lines.map(lineText).join('\n');
}

function lineText({ label, value }: CardLine): string {
  return `${label}: ${valueText(value)}`;
}

function fitted(lines: readonly CardLine[], most: number): string {
  const shown = lines.map(lineText);
  const byLength = shown.map((line, index) => ({ index, length: line.length }));
  byLength.sort((a, b) => b.length - a.length);
  let size = shown.reduce((sum, line) => sum + line.length + 1, -1);
  for (const { index, length } of byLength) {
    if (size <= most) break;
    const line = shortened(lines[index]);
    if (line.length >= length) continue;
    shown[index] = line;
    size -= length - line.length;
  }
  return size <= most ? shown.join('\n') : asManyAsFit(shown, most);
}

const LONGEST_SHORT_LABEL = 80;

function shortened(line: CardLine | undefined): string {
  const { label = '', value = '' } = line ?? {};
  const name = label.length <= LONGEST_SHORT_LABEL ? label : `(a name of ${label.length} characters)`;
  return `${name}: (${value.length} characters, see Details)`;
}

function asManyAsFit(lines: readonly string[], most: number): string {
  const kept: string[] = [];
  let size = 0;
  for (const line of lines) {
    if (size + line.length + 1 > most - 60) break;
    kept.push(line);
    size += line.length + 1;
  }
  return [...kept, `(${lines.length - kept.length} more, see Details)`].join('\n');
}
