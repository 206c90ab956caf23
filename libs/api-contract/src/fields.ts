import { z } from 'zod';

/** ISO 8601, UTC, milliseconds. */
export const Instant = z.iso.datetime();

/** An exact decimal: `"0.0041"`. */
export const UsdAmount = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a decimal amount');

/** `@priya`. */
export const HandleText = z.string().regex(/^@[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must look like @name');

/** Real and simulated spend are told apart everywhere. */
export const Cost = z.object({ usd: UsdAmount, simulated: z.boolean() }).meta({ id: 'Cost' });

const MOST_ID_CHARS = 64;

/** Long or short form: `apr_01JQ…` or `apr_7Q2M9K8X`. What is not an id is simply not found. */
export const IdText = z.string().min(1).max(MOST_ID_CHARS);

export const AgentName = z.string().min(1).max(MOST_ID_CHARS);

/** A whole number out of a query string, where everything is text. */
export function wholeNumber(min: number, max: number) {
  const words = `must be a whole number from ${min} to ${max}`;
  const checked = z.int(words).min(min, words).max(max, words);
  const read = z.preprocess(
    (raw) => (typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw),
    checked,
  );
  return read as z.ZodType<number, number>; // callers in TypeScript give a number; only the wire gives text
}

/** Repeated or separated by commas: `?status=held&status=expired`, `?status=held,expired`. */
export function listOf<T extends z.ZodType<string, string>>(item: T) {
  const read = z.preprocess(
    (raw) => (typeof raw === 'string' ? raw.split(',') : raw),
    z.array(item).min(1).max(20),
  );
  return read as unknown as z.ZodType<z.output<T>[], z.input<T>[]>; // as above
}

export const Flag = z.preprocess(
  (raw: unknown) => (raw === 'true' ? true : raw === 'false' ? false : raw),
  z.boolean('must be true or false'),
) as z.ZodType<boolean, boolean>; // as above

/** A day (`2026-11-01`, its first moment in UTC) or a moment with a time zone. */
export const When = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    'must be a date or a time with its zone: 2026-11-01T09:00:00Z',
  )
  .transform((text) => new Date(text));

const LONGEST_RANGE_MS = 3660 * 24 * 3600 * 1000;

/** `since` is inside, `until` is not. */
export const Period = { since: When.optional(), until: When.optional() };

/** For objects that hold a `Period`: in order, and at most ten years. */
export function isSaneRange({
  since,
  until,
}: {
  since?: Date | undefined;
  until?: Date | undefined;
}): boolean {
  if (!since || !until) return true;
  const span = until.getTime() - since.getTime();
  return span > 0 && span <= LONGEST_RANGE_MS;
}

export const SANE_RANGE = { path: ['until'], error: 'must be after since, by ten years at most' };

/** What every list takes. The cursor is opaque: only a list's own `next_cursor` is accepted. */
export const Page = { limit: wholeNumber(1, 200).default(50), cursor: z.string().min(1).max(500).optional() };

/** What every list gives. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable(), has_more: z.boolean() });
}

/** One labelled line of a card. */
export const CardLine = z.object({ label: z.string(), value: z.string() }).meta({ id: 'CardLine' });
