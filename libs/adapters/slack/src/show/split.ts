import { whole } from './plain-text.js';

const FENCE = /^```/;
/** Room for a fence that is closed at the end of a part and opened again at the start of the next. */
const FENCE_ROOM = 32;

export interface Parts {
  parts: string[];
  /** How many characters are in none of them. */
  leftOut: number;
}

/**
 * Cuts Markdown into at most `most` parts of at most `size` characters, between paragraphs where it can, and never
 * inside a fence without closing it and opening it again.
 */
export function splitMarkdown(text: string, { size, most }: { size: number; most: number }): Parts {
  const parts: string[] = [];
  let rest = text;
  let opening = '';
  while (rest !== '' && parts.length < most) {
    const room = size - FENCE_ROOM;
    const head = rest.length <= room ? rest : whole(rest.slice(0, breakAt(rest, room)));
    rest = rest.slice(head.length).replace(/^\n+/, '');
    const body = opening === '' ? head : `${opening}\n${head}`;
    opening = openFence(body);
    parts.push(opening === '' ? body : `${body.trimEnd()}\n\`\`\``);
  }
  return { parts, leftOut: rest.length };
}

/** The last good place to break before `room`: a paragraph, a line, a word; none of them before half of it. */
function breakAt(text: string, room: number): number {
  const window = text.slice(0, room);
  const found = ['\n\n', '\n', ' '].map((mark) => window.lastIndexOf(mark)).find((at) => at > room / 2);
  return found === undefined ? room : found + 1;
}

/** The line that opened the fence which is still open at the end, or nothing. */
function openFence(text: string): string {
  let open = '';
  for (const line of text.split('\n')) if (FENCE.test(line)) open = open === '' ? line.slice(0, 24) : '';
  return open;
}
