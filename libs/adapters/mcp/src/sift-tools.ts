import { canonicalJson } from '@openloop/kernel';
import type { Listed, ToolDefinition } from '@openloop/tools';

import { argumentsCheck } from './arguments-check.js';
import { schemaProblem } from './schema-rules.js';
import { isObject } from './wire.js';

/** What an agent's file can name. Letters of other alphabets that look like these are no name. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_:./-]{0,127}$/;
const MOST_TEXT = 8 * 1024;
const MOST_BYTES = 64 * 1024;
const MOST_NAME_SHOWN = 80;

type Sifted = Pick<Listed, 'tools' | 'excluded'>;

/** Judges each tool of a server by itself: what cannot be pinned, shown or checked is left out, with the reason. */
export function siftTools(written: readonly unknown[]): Sifted {
  const names = written.map((tool) => (isObject(tool) ? tool['name'] : undefined));
  const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  const tools: ToolDefinition[] = [];
  const excluded: { name: string; reason: string }[] = [];
  for (const tool of written) {
    const found = definitionOf(tool, twice);
    if ('definition' in found) tools.push(found.definition);
    else excluded.push({ name: nameOf(tool), reason: found.reason });
  }
  return { tools, excluded };
}

type Found = { definition: ToolDefinition } | { reason: string };

function definitionOf(tool: unknown, twice: ReadonlySet<unknown>): Found {
  if (!isObject(tool)) return { reason: 'it is no tool' };
  const { name, inputSchema } = tool;
  if (typeof name !== 'string' || !NAME.test(name))
    return { reason: 'its name is none that a file can hold' };
  if (twice.has(name)) return { reason: 'its server has several of that name' };
  const facts = factsOf(tool);
  if (typeof facts === 'string') return { reason: facts };
  const problem = schemaProblem(inputSchema);
  if (problem !== null || !isObject(inputSchema)) return { reason: problem ?? 'it has no schema' };
  const definition = { name, ...facts, inputSchema };
  const useless = uselessness(definition);
  return useless === null ? { definition } : { reason: useless };
}

/** What a model and a person read of it; or why not. */
function factsOf(tool: Record<string, unknown>): Omit<ToolDefinition, 'name' | 'inputSchema'> | string {
  const { title, description = '', annotations } = tool;
  if (!isText(description)) return 'its description is no text';
  if (title !== undefined && !isText(title)) return 'its title is no text';
  if (annotations !== undefined && !isObject(annotations)) return 'its annotations are no object';
  return { description, ...(title !== undefined && { title }), ...(annotations && { annotations }) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_TEXT;
}

/** What is pinned must have exact bytes and be small enough to be read. */
function uselessness(definition: ToolDefinition): string | null {
  try {
    if (canonicalJson(definition).length > MOST_BYTES) return 'its definition is too large';
  } catch {
    return 'its definition has no exact bytes';
  }
  try {
    argumentsCheck(definition.inputSchema);
    return null;
  } catch {
    return 'its schema is of a kind that is not known';
  }
}

function nameOf(tool: unknown): string {
  const name = isObject(tool) ? tool['name'] : undefined;
  return typeof name === 'string' ? name.slice(0, MOST_NAME_SHOWN) : '(no name)';
}
