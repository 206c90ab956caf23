import { AppError } from '@openloop/kernel';

interface Paged<T> {
  data: T[];
  next_cursor: string | null;
  has_more: boolean;
}

/** Reads one row more than asked for, to know whether there are more. */
export async function pageOf<Row, View>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: (page: { limit: number; before?: string }) => Promise<Row[]>,
  { idOf, view }: { idOf: (row: Row) => string; view: (row: Row) => View | Promise<View> },
): Promise<Paged<View>> {
  const rows = await read({ limit: limit + 1, ...(cursor && { before: decode(cursor) }) });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: await Promise.all(shown.map(view)),
    next_cursor: hasMore && last ? encode(idOf(last)) : null,
    has_more: hasMore,
  };
}

/** A list that is short by nature is one page. */
export function onePage<View>(data: View[]): Paged<View> {
  return { data, next_cursor: null, has_more: false };
}

function encode(id: string): string {
  return Buffer.from(`1:${id}`).toString('base64url');
}

function decode(cursor: string): string {
  const id = /^1:([a-z]+_[0-9A-Z]+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1];
  if (!id) {
    throw new AppError('invalid', 'cursor_invalid', 'The cursor is not one that this server gave', {
      hint: 'Start again without a cursor',
    });
  }
  return id;
}
