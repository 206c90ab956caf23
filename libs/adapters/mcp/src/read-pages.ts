import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';

import { SIFTED } from './sift.js';
import { badAnswer } from './trouble.js';
import { isObject, parseJson } from './wire.js';

const PAGE_MS = 10_000;
const MOST_PAGES = 200;
const MOST_TOOLS = 10_000;
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

const Identity = z.looseObject({ name: z.string(), version: z.string() });

const Page = z.looseObject({
  nextCursor: z.string().optional(),
  _meta: z.looseObject({
    [SIFTED]: z.string(),
    [SERVER_INFO]: Identity.optional().catch(undefined),
  }),
});

/** A server's tools as it wrote them, from all pages. */
export interface Written {
  written: unknown[];
  /** The shortest time that a page is good for; `null` when none says. */
  ttlMs: number | null;
  /** Who answered, when the answer says. */
  said: { name: string; version: string } | null;
}

/** @throws AppError `mcp.bad_answer` for a list that is none or has no end, or what the client library throws */
export async function readPages(client: Client): Promise<Written> {
  const found: Written = { written: [], ttlMs: null, said: null };
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    if (page >= MOST_PAGES) throw badAnswer('never ends its list of tools');
    const params = cursor === undefined ? {} : { cursor };
    const answer = await client.request({ method: 'tools/list', params }, Page, { timeout: PAGE_MS });
    add(found, answer);
    cursor = answer.nextCursor;
  }
  return found;
}

function add(found: Written, { _meta: meta }: z.output<typeof Page>): void {
  const sifted = parseJson(meta[SIFTED]);
  const { tools, ttlMs } = isObject(sifted) ? sifted : {};
  if (!Array.isArray(tools)) throw badAnswer('has no list of tools');
  found.written.push(...(tools as unknown[])); // an array of anything
  if (found.written.length > MOST_TOOLS) throw badAnswer('has too many tools');
  if (typeof ttlMs === 'number') found.ttlMs = Math.min(found.ttlMs ?? Infinity, ttlMs);
  found.said = meta[SERVER_INFO] ?? found.said;
}
