import { readButton, type Card, type CardButtons, type CardLine, type Rendering } from '@openloop/surfaces';
import type { ContextBlock, KnownBlock, RichTextBlock, SectionBlock } from '@slack/types';

import { agentsWords } from './agents-words.js';
import { approvalButtons } from './approval-buttons.js';
import { argumentsText } from './arguments-text.js';
import { escapeMrkdwn, fallbackText, labelled, plainElement, richText } from './mrkdwn.js';
import { cut, oneLine, plain } from './plain-text.js';
import { isReadable, MOST_LINES } from './whole-card.js';

/** A message as `chat.postMessage` and `chat.update` take it. */
export interface SlackContent {
  /** For notifications and screen readers. */
  text: string;
  blocks: KnownBlock[];
}

const MOST = {
  fallback: 300,
  headline: 400,
  label: 80,
  value: 240,
  args: 2_800,
  diff: 2_800,
} as const;
const MOST_OF_CONTEXT = { line: 300, lines: 8, reference: 300, url: 2_000 } as const;

/**
 * The card as blocks that every Slack client draws. Whatever comes from outside is plain text or rich text, in which
 * Slack reads nothing. While it can be decided it shows everything; afterwards the outcome.
 */
export function approvalContent({ card, buttons: given, accessibleName }: Approval): SlackContent {
  const isOpen = given !== null || card.expiresAt !== null;
  const buttons = given === null || isReadable(card) ? given : withoutApprove(given);
  return {
    text: fallbackText(card.headline, MOST.fallback),
    blocks: [
      headline(card),
      ...(isOpen ? openBlocks(card) : []),
      ...contexts(card, isOpen),
      ...(buttons === null ? [] : unreadable(buttons)),
      ...(buttons === null ? [] : [approvalButtons({ card, buttons, accessibleName })]),
    ],
  };
}

type Approval = Omit<Extract<Rendering, { kind: 'approval' }>, 'kind'>;

function headline({ state, summary }: Card): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_section',
        elements: [
          richText(cut(oneLine(state), MOST.label), { bold: true }),
          richText(` ${cut(oneLine(summary), MOST.headline)}`),
        ],
      },
    ],
  };
}

function openBlocks(card: Card): KnownBlock[] {
  return [...fields(card), ...argumentBlocks(card)];
}

function fields({ lines, expiresAt }: Card): SectionBlock[] {
  const shown = lines.filter((line) => !isLowRisk(line)).slice(0, MOST_LINES);
  const texts = [
    ...shown.map(({ label, value }) => labelled(cut(oneLine(label), MOST.label), shownValue(value))),
    ...(expiresAt === null ? [] : [expiry(expiresAt)]),
  ];
  return texts.length === 0 ? [] : [{ type: 'section', fields: texts }];
}

function shownValue(value: string): string {
  const shown = oneLine(value);
  return shown.length <= MOST.value
    ? shown
    : `${cut(shown, MOST.value)} (${shown.length} characters, see Details)`;
}

function isLowRisk({ label, value }: CardLine): boolean {
  return label === 'Risk' && /^low\b/.test(value);
}

/** Made of a number and our own words, so the one place where mrkdwn is safe and needed: each reader's own time. */
function expiry(at: Date) {
  const seconds = Math.floor(at.getTime() / 1_000);
  const words = at.toISOString().slice(0, 16).replace('T', ' ');
  return {
    type: 'mrkdwn' as const,
    text: `*Expires*\n<!date^${seconds}^{date_short_pretty} {time}|${words} UTC>`,
    verbatim: true,
  };
}

function argumentBlocks({ args, diff }: Card): KnownBlock[] {
  const elements: RichTextBlock['elements'] = [];
  if (args.length > 0) elements.push(preformatted(argumentsText(args, MOST.args).text));
  if (diff) {
    elements.push({ type: 'rich_text_section', elements: [richText('Changes', { bold: true })] });
    elements.push(preformatted(diffText(diff)));
  }
  return elements.length === 0 ? [] : [{ type: 'rich_text', elements }];
}

function preformatted(text: string) {
  return { type: 'rich_text_preformatted' as const, border: 0 as const, elements: [richText(text)] };
}

function diffText(diff: string): string {
  const shown = plain(diff);
  return shown.length <= MOST.diff ? shown : `(${shown.length} characters, see Details)`;
}

function contexts({ statedReason, context, reference, resultUrl }: Card, isOpen: boolean): KnownBlock[] {
  const ours = [
    ...context.slice(0, MOST_OF_CONTEXT.lines).map((line) => cut(oneLine(line), MOST_OF_CONTEXT.line)),
    cut(oneLine(reference), MOST_OF_CONTEXT.reference),
  ].filter((line) => line !== '');
  return [
    ...(isOpen && statedReason ? [contextOf([agentsWords(statedReason)])] : []),
    ...(resultUrl && resultUrl.length <= MOST_OF_CONTEXT.url ? [linkTo(resultUrl)] : []),
    ...(ours.length > 0 ? [contextOf(ours)] : []),
  ];
}

/** Its text is the address itself, so that it cannot say one thing and lead to another. */
function linkTo(url: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url, text: plain(url) }] }],
  };
}

function withoutApprove({ deny, details, confirm }: CardButtons): CardButtons {
  return { deny, details, confirm };
}

/** A card that cannot show everything says where everything can be read, since it takes no yes. */
function unreadable({ approve, deny }: CardButtons): ContextBlock[] {
  if (approve !== undefined) return [];
  const id = readButton(deny)?.approvalId ?? 'ID';
  const command = escapeMrkdwn(`openloop approvals get ${id}`);
  const text = `This is too much for a card, so it cannot be approved here. Read it in full first: \`${command}\``;
  return [{ type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] }];
}

function contextOf(lines: readonly string[]): ContextBlock {
  return { type: 'context', elements: lines.map(plainElement) };
}
