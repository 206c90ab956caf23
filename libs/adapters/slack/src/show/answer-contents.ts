import type { Answer } from '@openloop/surfaces';
import type { KnownBlock } from '@slack/types';

import type { SlackContent } from './approval-blocks.js';
import { markImitations } from './imitation.js';
import { fallbackText, plainElement } from './mrkdwn.js';
import { cut, oneLine } from './plain-text.js';
import { safeMarkdown } from './safe-markdown.js';
import { splitMarkdown } from './split.js';

/** Slack takes 12,000 in a `markdown` block and about 13,200 in all blocks of a message. */
const PART_SIZE = 11_000;
const MOST_PARTS = 3;
const MOST = { fallback: 300, footer: 300 } as const;

/** An answer as one to three messages; the last one carries the footer, and says so when there is more to read. */
export function answerContents({ agent, text, footer }: Answer): SlackContent[] {
  const { parts, leftOut } = splitMarkdown(safeMarkdown(text).trim(), { size: PART_SIZE, most: MOST_PARTS });
  const shown = parts.length === 0 ? ['_(no words)_'] : parts.map(markFirstLine);
  const below = cut(oneLine(footer === '' ? agent : `${agent} · ${footer}`), MOST.footer);
  return shown.map((part, index) => {
    const blocks: KnownBlock[] = [{ type: 'markdown', text: part }];
    if (index === shown.length - 1) blocks.push(context([...(leftOut > 0 ? [more(leftOut)] : []), below]));
    return { text: fallbackText(part, MOST.fallback), blocks };
  });
}

/** A part can begin in the middle of a line, with words that did not begin one before. */
function markFirstLine(part: string): string {
  const [first = '', ...rest] = part.split('\n');
  return [first.startsWith('```') ? first : markImitations(first), ...rest].join('\n');
}

function more(leftOut: number): string {
  return `The answer goes on for ${leftOut} more characters. All of it: openloop runs get, with the id below`;
}

function context(lines: readonly string[]): KnownBlock {
  return { type: 'context', elements: lines.map(plainElement) };
}
