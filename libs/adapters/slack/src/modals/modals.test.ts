import { describe, expect, it } from '@jest/globals';
import type { KnownBlock, ModalView } from '@slack/types';

import { aCard } from '../../test/a-card.js';
import { HOSTILE_TEXTS } from '../../test/hostile-texts.js';
import { faultsOf, textsIn } from '../../test/slack-rules.js';
import { DENY_FORM, denyModal } from './deny-modal.js';
import { detailsModal } from './details-modal.js';

function textOf({ blocks }: ModalView): string {
  return blocks.flatMap((block) => textsIn({ ...block }, block.type).map(({ text }) => text)).join('');
}

/** Messages have tighter limits in all, so a block at a time is asked for. */
function faults({ blocks, title, private_metadata: metadata = '' }: ModalView): string[] {
  return [
    ...(blocks.length > 100 ? [`${blocks.length} blocks`] : []),
    ...(title.text.length > 24 ? ['title'] : []),
    ...(metadata.length > 3_000 ? ['metadata'] : []),
    ...(Buffer.byteLength(JSON.stringify(blocks)) > 250_000 ? ['view too large'] : []),
    // a view’s blocks are those of messages and inputs
    ...blocks.flatMap((block) => faultsOf({ text: 'x', blocks: [block as KnownBlock] })),
  ];
}

const details = {
  json: '{\n  "title": "x"\n}',
  digest: 'ab'.repeat(32),
  rule: 'approvals.require_for in dev, revision 7',
};

describe('the Details of a card', () => {
  it('shows the arguments, the changes, the exact JSON, the digest and the rule', () => {
    const view = detailsModal({ ...details, card: aCard({ diff: '+ a\n- b' }) });

    for (const part of ['Flaky test: ingest.spec', '+ a\n- b', details.json, details.digest, details.rule]) {
      expect(textOf(view)).toContain(part);
    }
    expect(faults(view)).toEqual([]);
  });

  it('shows whole whatever a card may ask a yes for', () => {
    const value = Array.from({ length: 18_000 / 6 }, (_, index) => `${10_000 + index} `).join('');
    const name = 'n'.repeat(900);
    const view = detailsModal({
      card: aCard({
        args: [
          { label: 'Body', value },
          { label: name, value: 'short' },
        ],
      }),
      json: JSON.stringify({ value }),
      digest: 'd',
      rule: 'r',
    });

    expect(textOf(view)).toContain(value);
    expect(textOf(view)).toContain(name);
    expect(textOf(view)).toContain(JSON.stringify({ value }));
    expect(faults(view)).toEqual([]);
  });

  it.each([
    ['very many arguments', Array.from({ length: 4_000 }, (_, index) => ({ label: `${index}`, value: '1' }))],
    ['nothing but new lines', [{ label: 'Body', value: '\n'.repeat(19_000) }]],
    ['letters of three bytes', [{ label: 'Body', value: '字'.repeat(19_000) }]],
  ])('shows %s whole', (_, args) => {
    const view = detailsModal({ card: aCard({ args }), json: '{}', digest: 'd', rule: 'r' });

    expect(textOf(view)).not.toContain('There is more');
    expect(faults(view)).toEqual([]);
  });

  it('fits also when it cannot show all, and says where all of it is', () => {
    const huge = 'ж'.repeat(400_000);
    const view = detailsModal({
      card: aCard({ args: [{ label: 'Body', value: huge }], diff: huge }),
      json: huge,
      digest: 'd',
      rule: 'r',
    });

    expect(faults(view)).toEqual([]);
    expect(textOf(view)).toContain('openloop approvals get');
  });

  it.each(HOSTILE_TEXTS.map((text, index) => [index, text] as const))(
    'hides nothing of number %i of the corpus',
    (_, text) => {
      const line = { label: text, value: text };
      const card = aCard({
        summary: text,
        state: text,
        lines: [line],
        args: [line],
        diff: text,
        statedReason: text,
        footer: text,
        reference: text,
        resultUrl: null,
      });

      expect(faults(detailsModal({ card, json: text, digest: text, rule: text }))).toEqual([]);
      expect(faults(denyModal({ summary: text, privateMetadata: '{}' }))).toEqual([]);
    },
  );
});

describe('the form that asks why', () => {
  it('may be left empty, and offers to stop or to go on', () => {
    const view = denyModal({ summary: 'Create issue', privateMetadata: '{"token":"x"}' });

    expect(view).toMatchObject({ callback_id: DENY_FORM.callbackId, private_metadata: '{"token":"x"}' });
    expect(view.blocks.slice(1)).toMatchObject([
      { block_id: 'reason', optional: true, element: { action_id: 'v', max_length: 500 } },
      {
        block_id: 'next',
        optional: true,
        element: {
          options: [{ value: 'continue' }, { value: 'stop' }],
          initial_option: { value: 'continue' },
        },
      },
    ]);
    expect(textOf(view)).toContain('Create issue');
  });

  it('refuses metadata that Slack would not keep', () => {
    expect(() => denyModal({ summary: 'x', privateMetadata: 'x'.repeat(3_001) })).toThrow(RangeError);
  });
});
