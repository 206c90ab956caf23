import { describe, expect, it } from '@jest/globals';

import { escapeMrkdwn, fallbackText, labelled } from './mrkdwn.js';
import { cut, plain } from './plain-text.js';
import { textSource } from '../../test/hostile-texts.js';

describe('labelled', () => {
  it.each(['@priya', 'github.issues:write', 'acme/web (public repo)', 'high, deletes 3'])(
    'has a bold label over %s',
    (value) => {
      expect(labelled('Target', value)).toEqual({
        type: 'mrkdwn',
        text: `*Target*\n${value}`,
        verbatim: true,
      });
    },
  );

  it.each([
    '*x*',
    'a_b',
    '<!here>',
    ':tada:',
    'evil.example/x',
    'https://a.b',
    '@here',
    '`x`',
    'a\nb',
    'a & b',
    'evil.example',
    '',
  ])('is plain text, label and all, over %j', (value) => {
    expect(labelled('Target', value)).toEqual({ type: 'plain_text', text: `Target\n${value}`, emoji: false });
  });
});

describe('fallbackText', () => {
  it('fits after it is escaped, for any text and size', () => {
    const source = textSource(7);
    for (let round = 0; round < 500; round += 1) {
      const most = 5 + source.below(300);
      const text = fallbackText(source.text(), most);

      expect(text.length).toBeLessThanOrEqual(most);
      expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }
  });

  it('keeps what fits', () => {
    expect(fallbackText('a <b>', 300)).toBe(escapeMrkdwn('a <b>'));
  });
});

describe('plain', () => {
  it('changes nothing more when it is applied twice', () => {
    const source = textSource(9);
    for (let round = 0; round < 500; round += 1) {
      const once = plain(source.text());

      expect(plain(once)).toBe(once);
    }
  });

  it.each([
    ['a\u202Eb', 'a\\u{202e}b'],
    ['a\u{E0041}b', 'a\\u{e0041}b'],
    ['a\uD800b', 'a\\u{d800}b'],
    ['⚠\uFE0F', '⚠\uFE0F'],
    ['a\uFE0F', 'a\\u{fe0f}'],
    ['a\r\nb', 'a\nb'],
    ['a\rb', 'a\\u{d}b'],
  ])('shows %j as %j', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });
});

describe('cut', () => {
  it('never leaves half a character', () => {
    expect(cut('ab😀cd', 4)).toBe('ab…');
  });
});
