import Table from 'cli-table3';

import { plainLine } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';

export interface Column<T> {
  head: string;
  /** As it came from the server: it is made safe here. */
  value: (row: T) => string;
  /** For other programs, when people see it rounded or relative. */
  exact?: (row: T) => string;
  /** Only with `-o wide`. */
  wide?: boolean;
  right?: boolean;
  /** Shortened first when a terminal is too narrow. */
  flexible?: boolean;
}

const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
}; // prettier-ignore

const LEAST_WIDTH = 12;

/** Columns side by side, without lines; shortened only to fit a terminal. */
export function tableOf<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  terminal: Pick<Terminal, 'width' | 'paint'>,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => plainLine(value(row))));
  const shown = fitted(cells, columns, terminal.width);
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
  });
  table.push(
    columns.map(({ head }) => terminal.paint.dim(head)),
    ...shown,
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function fitted<T>(cells: string[][], columns: readonly Column<T>[], width: number | undefined): string[][] {
  const flexible = columns.findIndex((column) => column.flexible);
  if (width === undefined || flexible === -1) return cells;
  const widths = columns.map(({ head }, i) =>
    Math.max(head.length, ...cells.map((row) => (row[i] ?? '').length)),
  );
  const total = widths.reduce((sum, each) => sum + each + 2, -2);
  const room = Math.max(LEAST_WIDTH, (widths[flexible] ?? 0) - Math.max(0, total - width));
  return cells.map((row) => row.map((cell, i) => (i === flexible ? cut(cell, room) : cell)));
}

function cut(text: string, room: number): string {
  const chars = [...text];
  return chars.length <= room ? text : `${chars.slice(0, room - 1).join('')}…`;
}
