import type { Details } from '@openloop/surfaces';
import type { KnownBlock, ModalView, RichTextBlock } from '@slack/types';

import { agentsWords } from '../show/approval-blocks.js';
import { labelText } from '../show/arguments-text.js';
import { plainElement, richText } from '../show/mrkdwn.js';
import { cut, oneLine, plain, whole } from '../show/plain-text.js';

/** Slack takes 3,000 characters in a block, 100 blocks and 250 kB in a view. */
const BLOCK_CHARS = 2_900;
const ROOM = {
  args: { blocks: 40, bytes: 100_000 },
  diff: { blocks: 15, bytes: 40_000 },
  json: { blocks: 30, bytes: 90_000 },
} as const;
const MOST = { headline: 300, line: 600, label: 200 } as const;
const CUT =
  'There is more than Slack can show here. Read it in full: openloop approvals get, with the id above';

/** Everything that is decided on, whole as long as Slack can show it: arguments, diff, the exact JSON, its digest. */
export function detailsModal({ card, json, digest, rule }: Details): ModalView {
  const args = inBlocks(
    card.args.map(({ label, value }) => ({ label: labelText(label), text: plain(value) })),
  );
  const diff = inBlocks(card.diff ? [{ label: 'Changes', text: plain(card.diff) }] : []);
  const exact = inBlocks([{ label: 'Exact JSON', text: plain(json) }]);
  return {
    type: 'modal',
    title: plainElement('Details'),
    close: plainElement('Close'),
    blocks: [
      head(card),
      context([`${oneLine(digest)} · ${oneLine(rule)}`, card.footer]),
      ...atMost(args, ROOM.args),
      ...atMost(diff, ROOM.diff),
      ...atMost(exact, ROOM.json),
      ...(card.statedReason ? [context([agentsWords(card.statedReason)])] : []),
    ],
  };
}

function head({ state, summary, lines }: Details['card']): RichTextBlock {
  const title = cut(oneLine(`${state} ${summary}`), MOST.headline);
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [richText(title, { bold: true })] },
      ...lines.slice(0, 10).map(({ label, value }) => ({
        type: 'rich_text_section' as const,
        elements: [
          richText(`${cut(oneLine(label), MOST.label)}: `, { bold: true }),
          richText(cut(oneLine(value), MOST.line)),
        ],
      })),
    ],
  };
}

interface Piece {
  label: string;
  text: string;
}

/** A bold label above its text, as many as fit in a block; a long text goes on in the next one. */
function inBlocks(pieces: readonly Piece[]): RichTextBlock[] {
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
  if (label.length > MOST.label) {
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

/** As many blocks as there is room for, and a word about the rest. */
function atMost(blocks: readonly RichTextBlock[], most: { blocks: number; bytes: number }): KnownBlock[] {
  let bytes = 0;
  const fitting = blocks.findIndex((block, index) => {
    bytes += Buffer.byteLength(JSON.stringify(block));
    return index >= most.blocks || bytes > most.bytes;
  });
  return fitting === -1 ? [...blocks] : [...blocks.slice(0, fitting), context([CUT])];
}

function context(lines: readonly string[]): KnownBlock {
  return { type: 'context', elements: lines.map((line) => plainElement(cut(oneLine(line), MOST.line))) };
}
