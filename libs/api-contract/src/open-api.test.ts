import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { openApiDocument } from './open-api.js';
import type { AnyRoute } from './route.js';
import { routes } from './routes.js';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  security?: unknown[];
  requestBody?: object;
  responses: Record<string, object>;
}

interface Document {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Document; // the parts of it that these tests look at
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
const table: AnyRoute[] = Object.values<AnyRoute>(routes);

describe('openApiDocument', () => {
  it('is OpenAPI 3.1 of the given version', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
  });

  it('describes every route and nothing else, each under a name of its own', () => {
    const described = operations.map(({ operationId }) => operationId);

    expect(described.toSorted()).toEqual(table.map(({ id }) => id).toSorted());
    expect(new Set(described).size).toBe(described.length);
  });

  it('has only references that lead somewhere', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');

    expect(refs.length).toBeGreaterThan(50);
    expect(refs.filter((ref) => at(document, ref) === undefined)).toEqual([]);
  });

  it('names a required parameter for each placeholder of a path', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const { parameters = [] } of Object.values(methods)) {
        const inPath = parameters.filter((parameter) => parameter.in === 'path');
        expect(inPath.map(({ name }) => name)).toEqual(names);
        expect(inPath.every(({ required }) => required)).toBe(true);
      }
    }
  });

  it('holds schemas that compile as JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, validateFormats: false });
    ajv.addVocabulary(['components']);
    ajv.addSchema({ $id: 'api', components: document.components });

    for (const name of Object.keys(document.components.schemas)) {
      expect(() => ajv.compile({ $ref: `api#/components/schemas/${name}` })).not.toThrow();
    }
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Approval', 'Problem', 'Run']),
    );
  });

  it('refuses unknown keys in bodies and lets answers grow', () => {
    expect(document.components.schemas['ApproveApproval']).toMatchObject({
      additionalProperties: false,
      required: ['digest'],
    });
    expect(document.components.schemas['Approval']).not.toHaveProperty('additionalProperties');
  });

  it('answers errors as problems, and asks for a key unless a route is public', () => {
    expect(operations.every(({ responses }) => responses['default'] !== undefined)).toBe(true);
    expect(
      operations.filter(({ security }) => security?.length === 0).map(({ operationId }) => operationId),
    ).toEqual(['system.health', 'system.live', 'system.ready']);
  });

  it('gives query numbers their range and their default', () => {
    const limit = document.paths['/v1/runs']?.['get']?.parameters?.find(({ name }) => name === 'limit');

    expect(limit).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });
});

function at(root: unknown, ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      root,
    );
}
