import { asJson } from './show.js';
import type { ToolPin } from './tool-pin.js';
import type { ServerIdentity, ToolDefinition } from './tool-servers.js';

/** What changed of a tool since it was pinned, for a person: one line per place and side, nothing left out. */
export function definitionDiff(
  pin: Pick<ToolPin, 'server' | 'definition'>,
  now: { server: ServerIdentity; definition: ToolDefinition },
): string {
  return differences(comparable(pin), comparable(now), '').join('\n');
}

function comparable({ server, definition }: Pick<ToolPin, 'server' | 'definition'>): unknown {
  return { server: { host: server.host, name: server.name }, ...definition };
}

function differences(before: unknown, after: unknown, path: string): string[] {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => differences(own(before, name), own(after, name), `${path}.${name}`));
  }
  if (asJson(before) === asJson(after)) return [];
  const place = path.slice(1);
  return [
    ...(before === undefined ? [] : [`- ${asPlace(place)}: ${asJson(before)}`]),
    ...(after === undefined ? [] : [`+ ${asPlace(place)}: ${asJson(after)}`]),
  ];
}

/** A schema's keys are somebody else's text too. */
function asPlace(path: string): string {
  return asJson(path).slice(1, -1);
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
