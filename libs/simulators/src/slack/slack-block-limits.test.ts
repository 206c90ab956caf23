import { describe, expect, it } from '@jest/globals';

import { blockProblems, blockTextLength } from './slack-block-limits.js';

const text = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const many = <T>(count: number, one: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => one(i));
const section = (extra: object = {}) => ({ type: 'section', text: text(10), ...extra });
const buttons = (...extras: object[]) => ({
  type: 'actions',
  elements: extras.map((extra, i) => ({ type: 'button', action_id: `a${i}`, text: plain(5), ...extra })),
});
const confirm = (extra: object = {}) => ({
  title: plain(5),
  text: text(5),
  confirm: plain(5),
  deny: plain(5),
  ...extra,
});

describe('the limits of blocks', () => {
  it.each([
    ['blocks in a message', 50, (n: number) => many(n, () => section())],
    ['characters in a section', 3000, (n: number) => [section({ text: text(n) })]],
    ['characters in a field', 2000, (n: number) => [section({ fields: [text(n)] })]],
    ['fields', 10, (n: number) => [section({ fields: many(n, () => text(1)) })]],
    ['characters in a header', 150, (n: number) => [{ type: 'header', text: plain(n) }]],
    ['characters on a button', 75, (n: number) => [buttons({ text: plain(n) })]],
    ['characters in the value of a button', 2000, (n: number) => [buttons({ value: 'x'.repeat(n) })]],
    ['characters in an action id', 255, (n: number) => [buttons({ action_id: 'x'.repeat(n) })]],
    ['characters in a block id', 255, (n: number) => [section({ block_id: 'x'.repeat(n) })]],
    ['elements in actions', 25, (n: number) => [buttons(...many(n, () => ({})))]],
    ['elements in a context', 10, (n: number) => [{ type: 'context', elements: many(n, () => text(1)) }]],
    ['characters in a markdown block', 12_000, (n: number) => [{ type: 'markdown', text: 'x'.repeat(n) }]],
    [
      'characters in the title of a dialog',
      100,
      (n: number) => [buttons({ confirm: confirm({ title: plain(n) }) })],
    ],
    ['characters in a dialog', 300, (n: number) => [buttons({ confirm: confirm({ text: text(n) }) })]],
    [
      'characters on the button of a dialog',
      30,
      (n: number) => [buttons({ confirm: confirm({ deny: plain(n) }) })],
    ],
    [
      'options of an overflow menu',
      5,
      (n: number) => {
        const options = many(n, (i) => ({ text: plain(5), value: `${i}` }));
        return [{ type: 'actions', elements: [{ type: 'overflow', action_id: 'more', options }] }];
      },
    ],
  ])('allow so many %s: %d', (_, most, blocksOf) => {
    expect(blockProblems(blocksOf(most), 'message')).toEqual([]);
    expect(blockProblems(blocksOf(most + 1), 'message')).toHaveLength(1);
  });

  it('allow twice as many blocks in a view', () => {
    expect(
      blockProblems(
        many(100, () => section()),
        'view',
      ),
    ).toEqual([]);
    expect(
      blockProblems(
        many(101, () => section()),
        'view',
      ),
    ).toEqual(['no more than 100 items allowed [json-pointer:/blocks]']);
  });

  it('refuse ids that are there twice', () => {
    expect(blockProblems([section({ block_id: 'a' }), section({ block_id: 'a' })], 'message')).toEqual([
      '`block_id` is repeated: a [json-pointer:/blocks]',
    ]);
    expect(blockProblems([buttons({ action_id: 'go' }, { action_id: 'go' })], 'message')).toHaveLength(1);
    expect(blockProblems([buttons({ action_id: 'go' }), buttons({ action_id: 'go' })], 'message')).toEqual(
      [],
    );
  });

  it('refuse what has no text, an empty one, or one of the wrong kind, and say where', () => {
    expect(blockProblems([{ type: 'section' }], 'message')).toEqual([
      'must have text or fields [json-pointer:/blocks/0]',
    ]);
    expect(blockProblems([section({ text: text(0) })], 'message')).toEqual([
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ]);
    expect(blockProblems([{ type: 'header', text: text(5) }], 'message')).toEqual([
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ]);
    expect(blockProblems([section(), { type: 'sectoin' }], 'message')).toEqual([
      'unsupported type: sectoin [json-pointer:/blocks/1/type]',
    ]);
    expect(blockProblems([buttons({ style: 'loud' })], 'message')).toHaveLength(1);
  });

  it('count the texts of a message together', () => {
    expect(blockTextLength([section(), section({ fields: [text(7)] }), buttons({})])).toBe(10 + 17 + 5);
  });
});
