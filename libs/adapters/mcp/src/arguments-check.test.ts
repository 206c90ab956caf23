import { describe, expect, it } from '@jest/globals';

import { argumentsCheck } from './arguments-check.js';

const SCHEMA = {
  type: 'object',
  properties: {
    title: { type: 'string', maxLength: 5 },
    size: { enum: ['s', 'm'] },
    pattern: { type: 'integer' },
    where: { $ref: '#/$defs/place' },
  },
  required: ['title'],
  additionalProperties: false,
  $defs: { place: { type: 'object', properties: { line: { type: 'integer', minimum: 1 } } } },
};

describe('the check of arguments against a schema', () => {
  it.each([[{ title: 'x' }], [{ title: 'x', size: 'm', pattern: 1, where: { line: 3 } }]])(
    'lets %j pass',
    (args) => {
      expect(argumentsCheck(SCHEMA)(args)).toBeNull();
    },
  );

  it.each([
    [{}, /title/],
    [{ title: 7 }, /#\/title/],
    [{ title: 'too long' }, /#\/title/],
    [{ title: 'x', size: 'l' }, /#\/size/],
    [{ title: 'x', pattern: 'y' }, /#\/pattern/],
    [{ title: 'x', where: { line: 0 } }, /#\/where/],
    [{ title: 'x', force: true }, /force/],
  ])('refuses %j and says where', (args, where) => {
    expect(argumentsCheck(SCHEMA)(args)).toMatch(where);
  });

  it.each(['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'])(
    'knows the kind %s',
    ($schema) => {
      expect(argumentsCheck({ ...SCHEMA, $schema })({ title: 7 })).toMatch(/title/);
    },
  );

  it('does not take a schema for another that has the same $id', () => {
    const $id = 'http://tools.example/schema';
    argumentsCheck({ $id, type: 'object' });

    expect(argumentsCheck({ $id, ...SCHEMA })({})).toMatch(/title/);
  });

  it('does not run somebody else’s regular expressions, nor refuse what they would have let through', () => {
    const evil = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^(a+)+$' } },
      patternProperties: { '^(x+)+$': { type: 'integer' } },
      additionalProperties: false,
    };
    const startedAt = performance.now();

    expect(argumentsCheck(evil)({ a: `${'a'.repeat(40)}!`, [`${'x'.repeat(40)}!`]: 1 })).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('says in a few words what is wrong with very much', () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`unknown_${i}`, 1]));

    expect(argumentsCheck(SCHEMA)(args)?.length).toBeLessThan(700);
  });

  it.each([
    ['not', { not: { pattern: '^x' } }],
    ['oneOf', { oneOf: [{ pattern: '^a' }, { pattern: '^b' }] }],
    ['if', JSON.parse('{"if":{"pattern":"^x"},"then":{"maxLength":1}}') as object], // JSON of an object
  ])('leaves to the server what an expression inside “%s” decides', (_, title) => {
    const check = argumentsCheck({ type: 'object', properties: { title: { type: 'string', ...title } } });
    expect(check({ title: 'abc' })).toBeNull();
    expect(check({ title: 7 })).toMatch(/title/);
  });

  it('keeps such a keyword where no expression is inside it', () => {
    const title = { not: { maxLength: 2 }, oneOf: [{ minLength: 5 }, { maxLength: 3 }] };
    const check = argumentsCheck({ type: 'object', properties: { title: { type: 'string', ...title } } });
    expect(check({ title: 'abc' })).toBeNull();
    expect(check({ title: 'ab' })).toMatch(/title/);
    expect(check({ title: 'abcd' })).toMatch(/title/);
  });
});
