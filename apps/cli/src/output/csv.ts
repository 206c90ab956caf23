import { plainText } from '../terminal/plain-text.js';
import type { Column } from './table.js';

/** RFC 4180, with one change: what a spreadsheet would run as a formula is marked as text. */
export function csvOf<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const head = columns.map((column) => column.head.toLowerCase().replaceAll(/\W+/g, '_'));
  const lines = rows.map((row) => columns.map(({ exact, value }) => (exact ?? value)(row)));
  return [head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n');
}

function cell(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${plainText(text)}` : plainText(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
