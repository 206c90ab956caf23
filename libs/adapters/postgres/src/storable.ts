/**
 * A value as Postgres can keep it: NUL characters and halves of surrogate pairs, which neither `text` nor `jsonb`
 * takes, become U+FFFD. Models and tools send them; a run must not stop at them.
 */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), storable(item)]));
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** For a `jsonb` column. */
export function jsonText(value: unknown): string {
  return JSON.stringify(storable(value));
}
