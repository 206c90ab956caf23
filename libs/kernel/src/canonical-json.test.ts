import { describe, expect, it } from '@jest/globals';

import { canonicalJson, digestOf } from './canonical-json.js';

describe('canonicalJson', () => {
  it.each<[string, unknown, string]>([
    [
      'members in the order of their UTF-16 code units',
      { b: 1, a: 2, '€': 3, '\r': 4, '😀': 5, ﬀ: 6 },
      '{"\\r":4,"a":2,"b":1,"€":3,"😀":5,"ﬀ":6}',
    ],
    ['no white space', { a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
    [
      'numbers as ECMAScript has them',
      [1e21 / 10 ** 6, 0.1, -0, 1e-7, 5e-324],
      '[1000000000000000,0.1,0,1e-7,5e-324]',
    ],
    ['text with the fewest escapes', 'é"\\\u0007\u2028/', '"é\\"\\\\\\u0007\u2028/"'],
    ['composed and decomposed letters apart', ['é', 'e\u0301'], '["é","e\u0301"]'],
    ['a member named __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])('writes %s', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each<[string, unknown, string]>([
    ['half of a surrogate pair', { a: ['x\uD800'] }, '$.a[0]'],
    ['half of a surrogate pair in a name', { 'x\uDC00': 1 }, '$'],
    ['a number that is not finite', { a: Infinity }, '$.a'],
    ['no number', Number.NaN, '$'],
    ['an integer that is not exact', 2 ** 53, '$'],
    ['a member without a value', { a: undefined }, '$.a'],
    ['a hole in a list', [undefined], '$[0]'],
    ['a date', { a: new Date(0) }, '$.a'],
    ['a map', new Map(), '$'],
    ['a bigint', 1n, '$'],
    ['a function', () => 1, '$'],
  ])('refuses %s, and says where', (_, value, path) => {
    expect(() => canonicalJson(value)).toThrow(
      expect.objectContaining({ code: 'kernel.not_canonical', details: { path } }),
    );
  });

  it('writes what it wrote in the same way again', () => {
    const text = canonicalJson({ z: [1.5, { y: 'ü', x: [] }], a: {} });

    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });
});

describe('digestOf', () => {
  it('does not depend on the order of members', () => {
    expect(digestOf('test', { a: 1, b: 2 })).toBe(digestOf('test', { b: 2, a: 1 }));
  });

  it('is another for another domain, another value, or another split of the two', () => {
    const digests = [
      digestOf('a', 1),
      digestOf('b', 1),
      digestOf('a', 2),
      digestOf('a', '1'),
      digestOf('a\0', 1),
    ];

    expect(new Set(digests).size).toBe(5);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stays what it is, because it is stored', () => {
    expect(digestOf('openloop/test/v1', { a: [1, 'é'] })).toBe(
      '75c9518385cbb124a62684ca82c4cccd680087a8d27d8796a293f8c5c24bb4e6',
    );
  });
});
