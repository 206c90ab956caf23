import { AppError } from '@openloop/kernel';

import type { AnyRoute } from './route.js';

export interface RawCall {
  params?: unknown;
  query?: unknown;
  body?: unknown;
}

/** What goes over the wire for a call: the path with its values filled in, and the body's text. */
export function requestFor(
  route: AnyRoute,
  { params, query, body }: RawCall,
): { path: string; body?: string } {
  const values = new Map(Object.entries(params ?? {}));
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    segmentFor(String(values.get(name) ?? '')),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const target = search.size > 0 ? `${path}?${search}` : path;
  return route.hasBody ? { path: target, body: JSON.stringify(body ?? {}) } : { path: target };
}

/** A value stays one segment: `.` and `..` would be read as a way up. */
function segmentFor(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new AppError('invalid', 'client.bad_name', `"${value}" cannot be a name or an id`);
  }
  return encodeURIComponent(value);
}
