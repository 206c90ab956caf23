import { AppError } from '@openloop/kernel';
import { z } from 'zod';

import { PROBLEM_MEDIA_TYPE, Problem } from './problem.js';
import type { AnyRoute } from './route.js';
import { routes } from './routes.js';

type JsonObject = Record<string, unknown>;

/** The OpenAPI 3.1 document of everything in the table, made from the schemas that check requests. */
export function openApiDocument(version: string): JsonObject {
  const components = new Components();
  const problem = { [PROBLEM_MEDIA_TYPE]: { schema: components.schemaOf(Problem) } };
  const paths: Record<string, JsonObject> = {};
  for (const route of Object.values<AnyRoute>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenLoop',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'A self-hosted control plane for team AI agents. The decider is always the holder of the key.',
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: [...new Set(Object.keys(routes).map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', bearerFormat: 'olk_…' } },
      responses: { Problem: { description: 'What went wrong (RFC 9457)', content: problem } },
      schemas: components.schemas,
    },
  };
}

function operationOf(route: AnyRoute, components: Components): JsonObject {
  const { id, summary, scope, status, stream, mediaType, hasBody } = route;
  const parameters = [
    ...parametersOf('path', components.schemaOf(route.params)),
    ...parametersOf('query', components.schemaOf(route.query)),
    ...(stream === 'sse' ? [LAST_EVENT_ID] : []),
  ];
  const body = {
    required: true,
    content: { 'application/json': { schema: components.schemaOf(route.body) } },
  };
  const schema = stream === 'sse' ? { type: 'string' } : components.schemaOf(route.response);
  return {
    operationId: id,
    tags: [tagOf(id)],
    summary,
    ...(scope === null ? { security: [] } : { description: scopeWords(scope) }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody ? { requestBody: body } : {}),
    responses: {
      [status]: { description: summary, content: { [mediaType]: { schema } } },
      default: { $ref: '#/components/responses/Problem' },
    },
    ...(stream === 'sse' ? { 'x-event-schema': components.schemaOf(route.response) } : {}),
  };
}

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'Resume after this event',
  schema: { type: 'string' },
};

function scopeWords(scope: string): string {
  return scope === 'any' ? 'Any valid key.' : `Needs a key with the scope \`${scope}\`.`;
}

function tagOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

function parametersOf(place: 'path' | 'query', schema: JsonObject): JsonObject[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  }; // an object's JSON Schema
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(rest['type'] === 'array' ? { style: 'form', explode: false } : {}),
  }));
}

const DEFINITIONS = '#/$defs/';

/** Turns Zod schemas into JSON Schemas; those with a name become shared components. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  schemaOf(schema: z.ZodType): JsonObject {
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ root: schema }), {
      io: 'input',
      target: 'draft-2020-12',
      override: keepDefault,
    });
    for (const [name, definition] of Object.entries($defs)) this.#add(name, withSharedRefs(definition));
    return withSharedRefs(properties?.['root'] ?? {}) as JsonObject; // JSON Schema of an object's member
  }

  #add(name: string, definition: unknown): void {
    const known = this.schemas[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new AppError('bug', 'contract.ambiguous_component', `Two schemas are called ${name}`);
    }
    this.schemas[name] = definition;
  }
}

/** Zod leaves the default out where a value is read from text first; what the caller may send is the same. */
function keepDefault({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: JsonObject }): void {
  if (zodSchema instanceof z.ZodDefault) jsonSchema['default'] = zodSchema.def.defaultValue;
}

function withSharedRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSharedRefs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, refOr(key, member)]));
}

function refOr(key: string, member: unknown): unknown {
  const isRef = key === '$ref' && typeof member === 'string' && member.startsWith(DEFINITIONS);
  return isRef ? `#/components/schemas/${member.slice(DEFINITIONS.length)}` : withSharedRefs(member);
}
