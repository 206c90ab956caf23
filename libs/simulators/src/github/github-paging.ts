import { GitHubRefusal } from './github-refusal.js';
import type { Issue } from './github-store.js';

const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 100;

export interface Page<T> {
  items: T[];
  /** Of the `link` header; absent when there is only one page. */
  link?: string;
}

/** One page of a list, with the links GitHub gives to the others. `url` is the list's own, without a query. */
export function pageOf<T>(all: readonly T[], query: URLSearchParams, url: string): Page<T> {
  const perPage = Math.min(numberIn(query, 'per_page', DEFAULT_PER_PAGE), MAX_PER_PAGE);
  const page = numberIn(query, 'page', 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const items = all.slice((page - 1) * perPage, page * perPage);
  const links: string[] = [];
  const add = (rel: string, target: number): void => {
    const wanted = new URLSearchParams(query);
    wanted.set('page', String(target));
    links.push(`<${url}?${wanted.toString()}>; rel="${rel}"`);
  };
  if (page > 1) add('prev', page - 1);
  if (page < last) add('next', page + 1);
  if (page < last) add('last', last);
  if (page > 1) add('first', 1);
  return links.length > 0 ? { items, link: links.join(', ') } : { items };
}

/** What is no positive number counts as not given, as on GitHub. */
function numberIn(query: URLSearchParams, name: string, fallback: number): number {
  const value = Number(query.get(name));
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** Keeps what changed at `since` or later. Both are compared as they are: stored times are whole seconds. */
export function changedSince<T extends { updatedAt: Date }>(all: readonly T[], query: URLSearchParams): T[] {
  const since = query.get('since');
  if (since === null || since === '') return [...all];
  const from = Date.parse(since);
  if (Number.isNaN(from))
    throw new GitHubRefusal(422, `Invalid request.\n\n"${since}" is not a valid date-time.`);
  return all.filter((each) => each.updatedAt.getTime() >= from);
}

/** `state` and `direction` with GitHub's defaults: open ones, newest first. */
export function sorted<T extends Issue>(all: readonly T[], query: URLSearchParams): T[] {
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  return all.toSorted((a, b) => sign * (a[by].getTime() - b[by].getTime() || a.number - b.number));
}

export function inState<T extends Issue>(all: readonly T[], query: URLSearchParams): T[] {
  const state = query.get('state') ?? 'open';
  if (state === 'all') return [...all];
  return all.filter((each) => each.isOpen === (state === 'open'));
}
