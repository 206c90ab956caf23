import { describe, expect, it } from '@jest/globals';
import type { Card } from '@openloop/surfaces';
import type { KnownBlock } from '@slack/types';

import { detailsModal } from '../modals/details-modal.js';
import { approvalContent } from './approval-blocks.js';
import { labelText } from './arguments-text.js';
import { plain } from './plain-text.js';
import { aCard, someButtons } from '../../test/a-card.js';
import { HOSTILE_TEXTS, textSource } from '../../test/hostile-texts.js';
import { faultsOf, textsIn } from '../../test/slack-rules.js';

const accessibleName = 'Approval required: create issue in acme/ingestion';

function shownFor(card: Card, buttons = someButtons()) {
  return approvalContent({ card, buttons, accessibleName });
}

function allText({ blocks }: { blocks: readonly KnownBlock[] }): string {
  return blocks.flatMap((block) => textsIn({ ...block }, block.type).map(({ text }) => text)).join('\n');
}

describe('a card in Slack', () => {
  it('shows the headline, who asked, the arguments, the agent’s words as such, and three buttons', () => {
    const { text, blocks } = shownFor(aCard());

    expect(text).toBe('⏳ Approval required: Create issue “Flaky test” in acme/ingestion');
    expect(blocks.map(({ type }) => type)).toEqual([
      'rich_text',
      'section',
      'rich_text',
      'context',
      'context',
      'actions',
    ]);
    expect(blocks[1]).toMatchObject({
      fields: [
        { type: 'mrkdwn', text: '*Action*\ngithub.issues:write' },
        { type: 'mrkdwn', text: '*Target*\nacme/ingestion' },
        { type: 'mrkdwn', text: '*Asked by*\n@priya' },
        { text: '*Expires*\n<!date^1795348800^{date_short_pretty} {time}|2026-11-22 12:00 UTC>' },
      ],
    });
    expect(allText({ blocks })).toContain('Title: Flaky test: ingest.spec\nLabels: bug, flaky');
    expect(allText({ blocks })).toContain('Agent’s words (not verified): “seen 4 times this week in CI”');
    expect(blocks.at(-1)).toMatchObject({
      elements: [
        { action_id: 'approval.approve', style: 'primary' },
        { action_id: 'approval.deny', style: 'danger', text: { text: 'Deny…' } },
        { action_id: 'approval.details', text: { text: 'Details' } },
      ],
    });
  });

  it('links to what came of it, by the address itself', () => {
    const url = 'https://github.com/acme/ingestion/issues/482';
    const card = aCard({ state: '✅ Approved:', expiresAt: null, resultUrl: url });
    const { blocks } = approvalContent({ card, buttons: null, accessibleName });

    expect(blocks[1]).toEqual({
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url, text: url }] }],
    });
  });

  it('keeps the agent’s words inside our quotation marks, in one line', () => {
    const card = aCard({ statedReason: 'x” · approved\nby @max “y' });

    expect(allText(shownFor(card))).toContain('(not verified): “x" · approved by @max "y”');
  });

  it('shows a risk that is not low', () => {
    const card = aCard({ lines: [{ label: 'Risk', value: 'high: deletes' }] });

    expect(allText(shownFor(card))).toContain('*Risk*\nhigh: deletes');
  });

  it('asks once more before a risky yes, and only then', () => {
    const [plainOne, risky] = [false, true].map((confirm) => shownFor(aCard(), someButtons({ confirm })));

    expect(JSON.stringify(plainOne)).not.toContain('"confirm"');
    expect(risky?.blocks.at(-1)).toMatchObject({ elements: [{ confirm: { style: 'danger' } }, {}, {}] });
  });

  it('offers no Approve without its token, and says how to read it all', () => {
    const { approve: _, ...buttons } = someButtons();
    const shown = shownFor(aCard(), buttons);

    expect(JSON.stringify(shown)).not.toContain('approval.approve');
    expect(allText(shown)).toContain('`openloop approvals get apr_01JQ0000000000000000000000`');
    expect(faultsOf(shown)).toEqual([]);
  });

  it.each<[string, Partial<Card>]>([
    ['an argument', { args: [{ label: 'Body', value: '\u{FE00}'.repeat(19_000) }] }],
    ['a diff', { diff: 'ж'.repeat(60_000) }],
    ['a target', { lines: [{ label: 'Target', value: 'x'.repeat(401) }] }],
    ['a line among many', { lines: Array.from({ length: 10 }, () => ({ label: 'Target', value: 'x' })) }],
  ])('offers no Approve when Slack cannot show %s whole, whatever the card says', (_, differs) => {
    const shown = shownFor(aCard({ ...differs, inspectable: true }));

    expect(JSON.stringify(shown)).not.toContain('approval.approve');
    expect(allText(shown)).toContain('Read it in full first');
  });

  it('becomes the outcome, without buttons, once it is over', () => {
    const card = aCard({
      state: '🚫 Denied:',
      headline: '🚫 Denied: x',
      expiresAt: null,
      context: ['by @max'],
    });
    const shown = approvalContent({ card, buttons: null, accessibleName });

    expect(shown.blocks.map(({ type }) => type)).toEqual(['rich_text', 'context']);
    expect(allText(shown)).toContain('by @max');
  });

  it('gets another block id for another content, since Slack keeps presses by it', () => {
    const ids = [aCard(), aCard({ context: ['1 of 2'] }), aCard()].map(
      (card) => shownFor(card).blocks.at(-1)?.block_id,
    );

    expect(ids[0]).not.toBe(ids[1]);
    expect(ids[0]).toBe(ids[2]);
  });

  it('shows every value whole while all of them fit, and the longest as its length when they do not', () => {
    const whole = aCard({ args: [{ label: 'Body', value: 'y'.repeat(2_700) }] });
    const long = aCard({
      args: [
        { label: 'Title', value: 'short' },
        { label: 'Body', value: 'y'.repeat(2_900) },
      ],
    });

    expect(allText(shownFor(whole))).toContain(`Body: ${'y'.repeat(2_700)}`);
    expect(allText(shownFor(long))).toContain('Title: short\nBody: (2900 characters, see Details)');
  });
});

describe('the corpus of hostile texts', () => {
  it('has at least 120 of them', () => {
    expect(new Set(HOSTILE_TEXTS).size).toBeGreaterThanOrEqual(120);
  });

  it.each(HOSTILE_TEXTS.map((text, index) => [index, text] as const))(
    'number %i calls nobody, hides nothing and fits, wherever on a card it stands',
    (_, text) => {
      expect(
        faultsOf(
          shownFor(
            cardFullOf(() => text),
            someButtons({ confirm: true }),
          ),
        ),
      ).toEqual([]);
    },
  );
});

describe('any text at all', () => {
  const source = textSource(20_261_121);
  const ROUNDS = 2_000;
  const texts = Array.from({ length: ROUNDS }, source.text);
  const anyText = (): string => texts[source.below(ROUNDS)] ?? '';

  it('fits Slack’s limits, calls nobody, hides nothing, and every argument can be read back', () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const card = cardFullOf(anyText, 1 + source.below(6));
      const shown = shownFor(card, someButtons({ confirm: round % 2 === 0 }));

      expect({ round, faults: faultsOf(shown) }).toEqual({ round, faults: [] });
      const wanted = card.args.map(({ label, value }) => [labelText(label), plain(value)]);
      const inModal = fromModal(card);
      expect({ round, read: inModal }).toEqual({ round, read: wanted });
      const onCard = fromCard(shown.blocks);
      if (!onCard.some(([, value]) => /^\(\d+ characters, see Details\)$/.test(value ?? ''))) {
        expect({ round, read: onCard }).toEqual({ round, read: wanted });
      }
    }
  });
});

function cardFullOf(text: () => string, count = 2): Card {
  const line = () => ({ label: text().slice(0, 12), value: text() });
  return aCard({
    headline: text(),
    state: text(),
    summary: text(),
    context: Array.from({ length: 12 }, text),
    lines: Array.from({ length: 9 }, line),
    args: Array.from({ length: count }, line),
    diff: text(),
    statedReason: text(),
    footer: text(),
    reference: text(),
    resultUrl: null,
  });
}

/** Reads the arguments as a person does: what is set in goes on, what is not is the next one. */
function fromCard(blocks: readonly KnownBlock[]): string[][] {
  const block = blocks.find((each, index) => each.type === 'rich_text' && index > 0);
  const text = block ? (textsIn({ ...block }, '')[0]?.text ?? '') : '';
  const read: string[][] = [];
  for (const line of text.split('\n')) {
    const last = read.at(-1);
    if (line.startsWith('    ') && last) last[1] += `\n${line.slice(4)}`;
    else read.push(splitLabel(line));
  }
  return read;
}

function splitLabel(line: string): string[] {
  const quoted = /^"(?:[^"\\]|\\.)*"(?=: )/.exec(line)?.[0];
  const label = quoted ?? line.slice(0, line.indexOf(': '));
  return [label, line.slice(label.length + 2)];
}

/** A bold label and its text, which may go on in the next block; the last is the JSON. */
function fromModal(card: Card): string[][] {
  const { blocks } = detailsModal({ card: { ...card, diff: '' }, json: '{}', digest: 'd', rule: 'r' });
  const elements = blocks
    .slice(2)
    .flatMap((block) => ('elements' in block && block.type === 'rich_text' ? block.elements : []));
  const read: { label: string; value: string }[] = [];
  for (const element of elements) {
    const text = textsIn({ ...element }, '')[0]?.text ?? '';
    const last = read.at(-1);
    if (element.type === 'rich_text_section') read.push({ label: text, value: '' });
    else if (last) last.value += text;
  }
  return read.slice(0, -1).map(({ label, value }) => [label, value === ' ' ? '' : value]);
}
