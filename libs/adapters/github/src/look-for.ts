import { messageOf } from '@openloop/kernel';
import type { Reconciliation, ToolContext } from '@openloop/tools';
import { RequestError } from 'octokit';
import { z } from 'zod';

import { failureOf } from './failure.js';
import type { GitHubCall, GitHubClients } from './github-clients.js';
import type { Made, ReadMade } from './made.js';
import { markerOf } from './marker.js';

export type LookContext = ToolContext & { since: Date };

/** Our clock and GitHub's may differ; looking too far back costs a page, looking too short costs a duplicate. */
const SKEW_MS = 15 * 60_000;
const MOST_PAGES = 100;

const listedSchema = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.string().optional(),
  created_at: z.string(),
  user: z.object({ login: z.string() }).nullish(),
});
export type Listed = z.output<typeof listedSchema>;

export interface Search {
  /** The listing, made when we know who we write as (`null`: GitHub does not say). */
  listing: (login: string | null) => GitHubCall;
  made: ReadMade;
  /** A second sign that an item is ours, for when someone has edited the marker away. */
  isOursToo?: (item: Listed) => boolean;
}

export function sinceWithSkew({ since }: LookContext): Date {
  return new Date(since.getTime() - SKEW_MS);
}

/**
 * Goes through every page of a listing. Only a complete look answers `not_found`, and even that says no more than
 * that the listing does not show it yet.
 */
export async function lookFor(
  github: GitHubClients,
  context: LookContext,
  search: Search,
): Promise<Reconciliation> {
  try {
    const login = await github.login(context.signal);
    const items = await allItems(github, search.listing(login), context.signal);
    const made = pick(items, { ...search, login, context });
    return made ? { kind: 'found', ...made } : { kind: 'not_found' };
  } catch (error) {
    return {
      kind: 'cannot_tell',
      reason: error instanceof RequestError ? failureOf(error).reason : messageOf(error),
    };
  }
}

function pick(
  items: readonly unknown[],
  { login, context, made, isOursToo }: Search & { login: string | null; context: LookContext },
): Made | null {
  const marker = markerOf(context.effectKey);
  const ours = items
    .map((raw) => ({ raw, item: readItem(raw) }))
    .filter(({ item }) => login === null || item.user?.login.toLowerCase() === login.toLowerCase());
  const hit =
    ours.find(({ item }) => item.body?.includes(marker)) ??
    ours.find(
      ({ item }) => Date.parse(item.created_at) >= sinceWithSkew(context).getTime() && isOursToo?.(item),
    );
  if (!hit) return null;
  const result = made(hit.raw);
  if (!result) throw new Error('GitHub lists it in a form that could not be read');
  return result;
}

function readItem(raw: unknown): Listed {
  const item = listedSchema.safeParse(raw);
  if (!item.success) throw new Error('GitHub answered with a list that could not be read');
  return item.data;
}

async function allItems(github: GitHubClients, call: GitHubCall, signal: AbortSignal): Promise<unknown[]> {
  const items: unknown[] = [];
  let answer = await github.get(call, signal);
  for (let count = 1; ; count += 1) {
    // A cut or empty answer must not pass for an empty list.
    if (!Array.isArray(answer.body)) throw new Error('GitHub answered with something that is not a list');
    for (const item of answer.body) items.push(item);
    if (answer.next === undefined) return items;
    if (count === MOST_PAGES) throw new Error('There is too much to look through');
    answer = await github.nextPage(answer.next, signal);
  }
}
