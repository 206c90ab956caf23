import { isObject, type JsonObject } from './wire.js';

/** Keywords whose members have names of the author's choice: there `$ref` is a name, not a reference. */
const NAMED = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']);
/** Keywords that hold values, not schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'examples']);
const DEEPEST = 32;
const MOST_STEPS = 5_000;

/** Why a schema of somebody else's is not used, or `null`: it must be finite, whole in itself and cheap to check. */
export function schemaProblem(schema: unknown): string | null {
  if (!isObject(schema)) return 'it has no schema for its arguments';
  if (schema['type'] !== 'object') return 'its arguments are not an object';
  const walk: Walk = { root: schema, steps: 0 };
  return problemIn(schema, [], walk);
}

interface Walk {
  root: JsonObject;
  steps: number;
}

function problemIn(schema: JsonObject, above: readonly JsonObject[], walk: Walk): string | null {
  walk.steps += 1;
  if (walk.steps > MOST_STEPS) return 'its schema is too large';
  if (above.includes(schema)) return 'its schema refers to itself';
  if (above.length > DEEPEST) return 'its schema is nested too deep';
  if (above.length > 0 && '$id' in schema) return 'its schema names its parts by addresses';
  const path = [...above, schema];
  const reference = referenceProblem(schema, path, walk);
  if (reference !== null) return reference;
  for (const part of partsOf(schema)) {
    const problem = problemIn(part, path, walk);
    if (problem !== null) return problem;
  }
  return null;
}

function referenceProblem(schema: JsonObject, path: readonly JsonObject[], walk: Walk): string | null {
  if ('$dynamicRef' in schema || '$recursiveRef' in schema) return 'its schema refers to itself';
  const { $ref: reference } = schema;
  if (reference === undefined) return null;
  if (typeof reference !== 'string' || !reference.startsWith('#')) {
    return 'its schema refers to another document, which is never fetched';
  }
  const target = pointedAt(walk.root, reference);
  return target ? problemIn(target, path, walk) : 'its schema refers to a part that there is not';
}

function pointedAt(root: JsonObject, reference: string): JsonObject | null {
  const steps = decoded(reference.slice(1)).split('/').slice(1);
  const found = steps.reduce<unknown>((at, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : null;
  }, root);
  return isObject(found) ? found : null;
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

/** The schemas inside a schema. */
function partsOf(schema: JsonObject): JsonObject[] {
  return Object.entries(schema).flatMap(([key, value]) => {
    if (VALUES.has(key)) return [];
    if (NAMED.has(key)) return isObject(value) ? Object.values(value).filter(isObject) : [];
    return (Array.isArray(value) ? value : [value]).filter(isObject);
  });
}

/**
 * The schema without its regular expressions: one of somebody else's can keep a processor busy for ever, and the
 * server checks them anyway. What patterns let through, the rest of the schema must then not refuse.
 */
export function withoutPatterns(schema: JsonObject): JsonObject {
  const hasPatterns = 'patternProperties' in schema;
  const kept = Object.entries(schema).filter(([key]) => !isPatternKey(key, hasPatterns));
  const parts = kept.map(([key, value]): [string, unknown] => [key, strippedMember(key, value)]);
  const isLooser = ([key, part]: [string, unknown]) => JSON.stringify(part) !== JSON.stringify(schema[key]);
  const looser = new Set(parts.filter((part) => TURNING.has(part[0]) && isLooser(part)).map(([key]) => key));
  return Object.fromEntries(parts.filter(([key]) => !isTurned(key, looser)));
}

/** Keywords that refuse more when a schema inside them refuses less. */
const TURNING = new Set(['not', 'oneOf', 'if', 'contains']);

function isTurned(key: string, looser: ReadonlySet<string>): boolean {
  if (key === 'then' || key === 'else') return looser.has('if');
  if (key === 'maxContains') return looser.has('contains');
  return key !== 'contains' && looser.has(key);
}

function isPatternKey(key: string, hasPatterns: boolean): boolean {
  if (key === 'pattern' || key === 'patternProperties' || key === 'format') return true;
  return hasPatterns && (key === 'additionalProperties' || key === 'unevaluatedProperties');
}

function strippedMember(key: string, value: unknown): unknown {
  if (VALUES.has(key)) return value;
  if (NAMED.has(key) && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, stripped(part)]));
  }
  return Array.isArray(value) ? value.map(stripped) : stripped(value);
}

function stripped(part: unknown): unknown {
  return isObject(part) ? withoutPatterns(part) : part;
}
