import { stringify } from 'yaml';

import { plainJson, plainLine, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { csvOf } from './csv.js';
import { tableOf, type Column } from './table.js';

export type Format = 'table' | 'wide' | 'json' | 'jsonl' | 'yaml' | 'csv' | 'name';

export const LIST_FORMATS = ['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name'] as const;
export const OBJECT_FORMATS = ['table', 'json', 'yaml'] as const;

/** Something with rows, ready to be printed in any format. */
export interface Listing<T> {
  /** What the API answered: `json` and `yaml` print it unchanged. */
  answer: unknown;
  rows: readonly T[];
  columns: readonly Column<T>[];
  name: (row: T) => string;
  /** Instead of a table without rows, on stderr. */
  whenEmpty: string;
}

export function printListing<T>(terminal: Terminal, format: Format, listing: Listing<T>): void {
  const { answer, rows, columns, name } = listing;
  switch (format) {
    case 'json':
    case 'yaml':
      printValue(terminal, format, answer);
      return;
    case 'jsonl':
      for (const row of rows) terminal.print(plainJson(JSON.stringify(row)));
      return;
    case 'csv':
      terminal.print(csvOf(rows, columns));
      return;
    case 'name':
      for (const row of rows) terminal.print(plainLine(name(row)));
      return;
    case 'table':
    case 'wide':
      printTable(terminal, format, listing);
  }
}

function printTable<T>(terminal: Terminal, format: Format, { rows, columns, whenEmpty }: Listing<T>): void {
  const shown = columns.filter(({ wide }) => !wide || format === 'wide');
  if (rows.length === 0) terminal.note(whenEmpty);
  else terminal.print(tableOf(rows, shown, terminal));
}

/** One object, as data. */
export function printValue(terminal: Terminal, format: 'json' | 'yaml', value: unknown): void {
  if (format === 'json') terminal.print(plainJson(JSON.stringify(value, null, 2)));
  else terminal.print(plainText(stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })));
}

/** Text as it was sent: to a file or a pipe unchanged, to a terminal without what could control it. */
export function printText(terminal: Terminal, text: string): void {
  terminal.print(terminal.isOutputTerminal ? plainText(text) : text);
}

/** One object: `show` prints it for people. */
export function printObject<T>(
  terminal: Terminal,
  format: Format,
  value: T,
  show: (value: T) => string,
): void {
  if (format === 'json' || format === 'yaml') printValue(terminal, format, value);
  else terminal.print(show(value));
}
