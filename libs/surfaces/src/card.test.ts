import { describe, expect, it } from '@jest/globals';

import { isInspectable, showPlainly } from './card.js';

describe('showPlainly', () => {
  it.each([
    ['right-to-left override', 'safe\u202Egnp.exe', 'safe\\u{202e}gnp.exe'],
    ['zero-width space', 'ad\u200Bmin', 'ad\\u{200b}min'],
    ['escape sequence', '\u001B[2Jgone', '\\u{1b}[2Jgone'],
    ['carriage return', 'shown\rhidden', 'shown\\u{d}hidden'],
    ['byte order mark', '\uFEFFx', '\\u{feff}x'],
    ['tag character', 'a\u{E0041}', 'a\\u{e0041}'],
    ['hangul filler', 'a\u3164b', 'a\\u{3164}b'],
  ])('makes a %s visible', (_, text, shown) => {
    expect(showPlainly(text)).toBe(shown);
  });

  it('leaves ordinary text, newlines and tabs alone', () => {
    expect(showPlainly('Grüße,\n\t世界 🙂')).toBe('Grüße,\n\t世界 🙂');
  });
});

describe('isInspectable', () => {
  it('is false when the values do not fit a card', () => {
    expect(isInspectable([{ label: 'body', value: 'x'.repeat(20_001) }])).toBe(false);
    expect(isInspectable([{ label: 'body', value: 'x'.repeat(100) }])).toBe(true);
  });
});
