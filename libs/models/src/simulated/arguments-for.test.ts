import { describe, expect, it } from '@jest/globals';

import { argumentsFor } from './arguments-for.js';

describe('argumentsFor', () => {
  it('fills in what is wanted and leaves out what the schema does not name', () => {
    const schema = { type: 'object', properties: { repo: { type: 'string' } }, required: ['repo'] };

    expect(argumentsFor(schema, { repo: 'acme/x', title: 'T' })).toEqual({ repo: 'acme/x' });
  });

  it('fills in required properties nobody asked for, and no others', () => {
    const schema = {
      properties: {
        severity: { enum: ['low', 'high'] },
        count: { type: 'integer', minimum: 3 },
        dryRun: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' } },
        place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        kind: { default: 'plain' },
        note: { type: 'string' },
      },
      required: ['severity', 'count', 'dryRun', 'tags', 'place', 'kind'],
    };

    expect(argumentsFor(schema, {})).toEqual({
      severity: 'low',
      count: 3,
      dryRun: false,
      tags: [],
      place: { city: 'demo' },
      kind: 'plain',
    });
  });

  it('keeps to types, lengths and choices', () => {
    const schema = {
      properties: {
        title: { type: 'string', maxLength: 4 },
        labels: { type: 'array', maxItems: 1, items: { enum: ['bug', 'docs'] } },
        number: { type: 'string' },
        state: { enum: ['closed'] },
        body: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      },
    };
    const wanted = { title: 'A long title', labels: ['bug', 'docs'], number: 7, state: 'open', body: 'Text' };

    expect(argumentsFor(schema, wanted)).toEqual({
      title: 'A lo',
      labels: ['bug'],
      number: '7',
      body: 'Text',
    });
  });

  it('takes of several shapes the one that fits what is wanted', () => {
    const schema = {
      oneOf: [
        {
          properties: { action: { const: 'comment' }, number: { type: 'integer' } },
          required: ['action', 'number'],
        },
        {
          properties: { action: { const: 'create' }, title: { type: 'string' } },
          required: ['action', 'title'],
        },
      ],
    };

    expect(argumentsFor(schema, { action: 'create', title: 'T' })).toEqual({ action: 'create', title: 'T' });
  });
});
