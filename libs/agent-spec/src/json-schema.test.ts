import { readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

import { agentJsonSchema } from './json-schema.js';

const FILE = new URL('../agent.v1alpha1.schema.json', import.meta.url);
const EXAMPLES = new URL('../../../agents/', import.meta.url);

function example(name: string): unknown {
  return parse(readFileSync(new URL(name, EXAMPLES), 'utf8'));
}

describe('the JSON Schema for editors', () => {
  it('is the one checked in (UPDATE=1 writes it)', () => {
    if (process.env['UPDATE'] === '1') writeFileSync(FILE, `${JSON.stringify(agentJsonSchema(), null, 2)}\n`);
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(agentJsonSchema());
  });

  const validate = new Ajv({ allErrors: true }).compile(agentJsonSchema());

  it.each(['dev-platform.yaml', 'demo.yaml'])('accepts the example %s', (name) => {
    expect([validate(example(name)), validate.errors]).toEqual([true, null]);
  });

  it('refuses a misspelt key and a wrong value, as the parser does', () => {
    const agent = { ...(example('demo.yaml') as object), kind: 'Agents', extra: 1 }; // the example is a map
    validate(agent);
    expect(validate.errors?.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)).toEqual([
      ' additionalProperties',
      '/kind enum',
    ]);
  });

  it('explains every field', () => {
    const unexplained: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      if ('items' in schema) visit(schema.items, `${path}[]`);
      if (!('properties' in schema)) return;
      for (const [key, field] of Object.entries(schema.properties as object)) {
        // a schema's properties are a map
        if (!('description' in field)) unexplained.push(`${path}.${key}`);
        visit(field, `${path}.${key}`);
      }
    };
    visit(agentJsonSchema(), '');
    expect(unexplained).toEqual([]);
  });
});
