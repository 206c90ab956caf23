import { readFileSync, writeFileSync } from 'node:fs';

const startOf = (name) => `<!-- ${name}: generated -->\n\n`;
const endOf = (name) => `\n\n<!-- ${name}: end -->`;

/**
 * The generated part of a page, between its two comments.
 *
 * @param {string} file
 * @param {string} name
 */
export function blockIn(file, name) {
  const { text, from, to } = findBlock(file, name);
  return text.slice(from, to);
}

/** Puts `block` between the two comments of `name` and leaves the rest of the page as it is. */
export function writeBlock(file, name, block) {
  const { text, from, to } = findBlock(file, name);
  writeFileSync(file, text.slice(0, from) + block + text.slice(to));
}

function findBlock(file, name) {
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(startOf(name));
  const end = text.indexOf(endOf(name), start);
  if (start < 0 || end < 0) throw new Error(`${file} has no place for the generated ${name}`);
  return { text, from: start + startOf(name).length, to: end };
}

/** Rows of a Markdown table; a cell may hold anything but a line break. */
export function tableOf(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
