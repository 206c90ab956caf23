import type { Card, CardLine } from '@openloop/surfaces';
import type { RichTextBlock } from '@slack/types';

import { argumentsText, labelText } from './arguments-text.js';
import { richText } from './mrkdwn.js';
import { oneLine, plain, whole } from './plain-text.js';

/** How long a line such as the target may be to be shown whole, and how many there may be. */
export const MOST_LINE = 400;
export const MOST_LINES = 9;

/** Slack takes 3,000 characters in a block; 100 blocks and 250 kB in a view, of which the JSON needs a part. */
const BLOCK_CHARS = 2_900;
const MOST_LABEL = 200;
const ROOM = { args: { blocks: 45, bytes: 120_000 }, diff: { blocks: 15, bytes: 45_000 } } as const;

export interface Fitting {
  blocks: RichTextBlock[];
  isWhole: boolean;
}

/** Each argument under its name; those that are very many as lines, which take less room. */
export function wholeArguments(args: readonly CardLine[]): Fitting {
  const apart = atMost(
    inBlocks(args.map(({ label, value }) => ({ label: labelText(label), text: plain(value) }))),
    ROOM.args,
  );
  if (apart.isWhole) return apart;
  const { text } = argumentsText(args, Infinity);
  return atMost(inBlocks([{ label: 'Arguments', text }]), ROOM.args);
}

export function wholeDiff(diff = ''): Fitting {
  return atMost(inBlocks(diff === '' ? [] : [{ label: 'Changes', text: plain(diff) }]), ROOM.diff);
}

/**
 * Whether everything that is decided on can be read in Slack: on the card, or behind its Details. Making things
 * visible makes them longer, so this is asked of what is shown, beside what the card says of itself.
 */
export function isReadable({ args, diff, lines }: Card): boolean {
  const hasWholeLines =
    lines.length <= MOST_LINES && lines.every(({ value }) => oneLine(value).length <= MOST_LINE);
  return hasWholeLines && wholeArguments(args).isWhole && wholeDiff(diff).isWhole;
}

interface Piece {
  label: string;
  text: string;
}

/** A bold label above its text, as many as fit in a block; a long text goes on in the next one. */
export function inBlocks(pieces: readonly Piece[]): RichTextBlock[] {
  const blocks: RichTextBlock[] = [];
  let elements: RichTextBlock['elements'] = [];
  let room = BLOCK_CHARS;
  const flush = (): void => {
    if (elements.length > 0) blocks.push({ type: 'rich_text', elements });
    elements = [];
    room = BLOCK_CHARS;
  };
  for (const { label, text } of pieces.flatMap(chunks)) {
    const size = label.length + text.length + 2;
    if (size > room) flush();
    if (label !== '')
      elements.push({ type: 'rich_text_section', elements: [richText(label, { bold: true })] });
    elements.push({ type: 'rich_text_preformatted', border: 0, elements: [richText(text)] });
    room -= size;
  }
  flush();
  return blocks;
}

function chunks({ label, text }: Piece): Piece[] {
  if (label.length > MOST_LABEL) {
    return [
      ...chunks({ label: 'Name of an argument', text: label }),
      ...chunks({ label: 'Its value', text }),
    ];
  }
  const found: Piece[] = [];
  let name = label;
  let rest = text;
  do {
    const chunk = whole(rest.slice(0, BLOCK_CHARS - name.length - 2));
    found.push({ label: name, text: chunk });
    rest = rest.slice(chunk.length);
    name = '';
  } while (rest !== '');
  return found;
}

/** As many blocks as there is room for. */
export function atMost(blocks: readonly RichTextBlock[], room: { blocks: number; bytes: number }): Fitting {
  let bytes = 0;
  const first = blocks.findIndex((block, index) => {
    bytes += Buffer.byteLength(JSON.stringify(block));
    return index >= room.blocks || bytes > room.bytes;
  });
  return first === -1
    ? { blocks: [...blocks], isWhole: true }
    : { blocks: blocks.slice(0, first), isWhole: false };
}
