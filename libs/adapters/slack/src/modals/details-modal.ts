import type { Details } from '@openloop/surfaces';
import type { KnownBlock, ModalView, RichTextBlock } from '@slack/types';

import { agentsWords } from '../show/agents-words.js';
import { plainElement, richText } from '../show/mrkdwn.js';
import { cut, oneLine, plain } from '../show/plain-text.js';
import {
  atMost,
  inBlocks,
  MOST_LINE,
  MOST_LINES,
  wholeArguments,
  wholeDiff,
  type Fitting,
} from '../show/whole-card.js';

const MOST = { headline: 300, label: 80, context: 600 } as const;
const ROOM_FOR_JSON = { blocks: 25, bytes: 60_000 } as const;
const CUT =
  'There is more than Slack can show here. Read it in full: openloop approvals get, with the id above';

/** Everything that is decided on, whole as long as Slack can show it: arguments, diff, the exact JSON, its digest. */
export function detailsModal({ card, json, digest, rule }: Details): ModalView {
  const exact = atMost(inBlocks([{ label: 'Exact JSON', text: plain(json) }]), ROOM_FOR_JSON);
  return {
    type: 'modal',
    title: plainElement('Details'),
    close: plainElement('Close'),
    blocks: [
      head(card),
      context([`${oneLine(digest)} · ${oneLine(rule)}`, card.reference]),
      ...shown(wholeArguments(card.args)),
      ...shown(wholeDiff(card.diff)),
      ...shown(exact),
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
      ...lines.slice(0, MOST_LINES).map(({ label, value }) => ({
        type: 'rich_text_section' as const,
        elements: [
          richText(`${cut(oneLine(label), MOST.label)}: `, { bold: true }),
          richText(cut(oneLine(value), MOST_LINE)),
        ],
      })),
    ],
  };
}

function shown({ blocks, isWhole }: Fitting): KnownBlock[] {
  return isWhole ? blocks : [...blocks, context([CUT])];
}

function context(lines: readonly string[]): KnownBlock {
  return {
    type: 'context',
    elements: lines.map((line) => plainElement(cut(oneLine(line), MOST.context))),
  };
}
