import { describe, expect, it } from '@jest/globals';

import { plainJson, plainLine, plainText } from './plain-text.js';

describe('plainText', () => {
  it.each([
    ['a colour', '\u001B[31mred\u001B[0m', 'red'],
    ['a cleared screen', 'a\u001B[2Jb', 'ab'],
    ['a title', '\u001B]0;owned\u0007ok', 'ok'],
    ['a link', '\u001B]8;;http://evil\u001B\\text\u001B]8;;\u001B\\', 'text'],
    ['a device string', '\u001BP1$r\u001B\\ok', 'ok'],
    ['a one-byte sequence', '\u009B31mred', 'red'],
    ['a lone escape', 'a\u001B', 'a\\u{1b}'],
    ['a carriage return', 'shown\rhidden', 'shown\\u{d}hidden'],
    ['a right-to-left override', 'safe\u202Egnp', 'safe\\u{202e}gnp'],
    ['a zero-width space', 'ad\u200Bmin', 'ad\\u{200b}min'],
    ['a backspace', 'ab\bc', 'ab\\u{8}c'],
  ])('takes the power out of %s', (_, text, shown) => {
    expect(plainText(text)).toBe(shown);
  });

  it('leaves words, lines and tabs alone', () => {
    expect(plainText('Grüße,\r\n\t世界 🙂')).toBe('Grüße,\n\t世界 🙂');
  });
});

describe('plainLine', () => {
  it('keeps a value from looking like lines of our own', () => {
    expect(plainLine('title\n  Risk  low\n')).toBe('title Risk low');
  });
});

describe('plainJson', () => {
  it('means the same and holds nothing invisible', () => {
    const value = { a: '\u009B2J \u202E \u{E0041} é🙂\u2028' };
    const text = plainJson(JSON.stringify(value));

    expect(JSON.parse(text)).toEqual(value);
    expect(text).toBe('{"a":"\\u009b2J \\u202e \\udb40\\udc41 é🙂\\u2028"}');
  });
});
