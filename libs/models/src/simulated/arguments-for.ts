type Schema = Readonly<Record<string, unknown>>;

/**
 * Arguments that fit a tool's JSON Schema: what is wanted where a property of that name takes it, the rest only
 * as far as it is required. Properties the schema does not name are left out.
 */
export function argumentsFor(parameters: Schema, wanted: Schema): Record<string, unknown> {
  const schema = bestVariant(parameters, wanted);
  const required = stringsOf(schema['required']);
  const result: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(recordOf(schema['properties']))) {
    const value = fitted(wanted[name], recordOf(property));
    if (value !== undefined) result[name] = value;
    else if (required.includes(name)) result[name] = filler(recordOf(property));
  }
  return result;
}

/** Of several shapes, the one that has a place for most of what is wanted and asks for least beside it. */
function bestVariant(schema: Schema, wanted: Schema): Schema {
  const variants = variantsOf(schema).filter((variant) => variant['properties'] !== undefined);
  const score = (variant: Schema) => {
    const properties = Object.entries(recordOf(variant['properties']));
    const placed = properties.filter(
      ([name, property]) => fitted(wanted[name], recordOf(property)) !== undefined,
    );
    const missing = stringsOf(variant['required']).filter((name) => !placed.some(([key]) => key === name));
    return placed.length - 2 * missing.length;
  };
  return variants.reduce(
    (best, variant) => (score(variant) > score(best) ? variant : best),
    variants[0] ?? schema,
  );
}

/** The wanted value in the shape the property takes, or `undefined` when it takes no such thing. */
function fitted(value: unknown, schema: Schema): unknown {
  if (value === undefined) return undefined;
  for (const variant of variantsOf(schema)) {
    const fit = fittedToOne(value, variant);
    if (fit !== undefined) return fit;
  }
  return undefined;
}

function fittedToOne(value: unknown, schema: Schema): unknown {
  if ('const' in schema) return schema['const'] === value ? value : undefined;
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value) ? value : undefined;
  if (schema['type'] === 'array') return fittedList(value, schema);
  if (typeof value === 'string') return fittedText(value, schema);
  if (typeof value === 'number') return fittedNumber(value, schema);
  return undefined;
}

function fittedText(value: string, schema: Schema): string | undefined {
  const limit = schema['maxLength'];
  return schema['type'] === 'string'
    ? value.slice(0, typeof limit === 'number' ? limit : undefined)
    : undefined;
}

function fittedNumber(value: number, schema: Schema): number | string | undefined {
  if (schema['type'] === 'number' || schema['type'] === 'integer') return value;
  return schema['type'] === 'string' ? String(value) : undefined;
}

function fittedList(value: unknown, schema: Schema): unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const limit = schema['maxItems'];
  const items = recordOf(schema['items']);
  return value
    .slice(0, typeof limit === 'number' ? limit : undefined)
    .filter((item) => fitted(item, items) !== undefined);
}

/** Some value that a required property nobody asked for accepts. */
function filler(schema: Schema): unknown {
  if ('default' in schema) return schema['default'];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const [first = schema] = variantsOf(schema);
  if (first !== schema) return filler(first);
  return fillerOfType(schema);
}

function fillerOfType(schema: Schema): unknown {
  const minimum = typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
  switch (schema['type']) {
    case 'number':
    case 'integer':
      return minimum;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return argumentsFor(schema, {});
    default:
      return 'demo';
  }
}

function variantsOf(schema: Schema): readonly Schema[] {
  const variants = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(variants) ? variants.map(recordOf) : [schema];
}

function recordOf(value: unknown): Schema {
  // An object that is not null has string keys; what is under them stays unknown.
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
