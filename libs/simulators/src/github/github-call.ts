import { GitHubRefusal, notFound } from './github-refusal.js';
import { pageOf } from './github-paging.js';
import type { GitHubShapes } from './github-shapes.js';
import type { GitHubStore, Issue, Repo } from './github-store.js';

/** A request that has passed authentication, with what an endpoint needs to answer it. */
export interface GitHubCall {
  store: GitHubStore;
  shapes: GitHubShapes;
  ledger: { add(created: CreatedObject): void };
  /** Who asks. */
  login: string;
  /** The variable pieces of the path, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Address of the request without its query. */
  url: string;
  /** Unread; the endpoint parses it. */
  text: string;
  now: Date;
  /** Milliseconds for which what this call creates is in no list. */
  unlistedMs: number;
}

export interface GitHubAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Endpoint {
  method: 'GET' | 'POST' | 'PATCH';
  /** `/repos/:owner/:repo/issues`; a last `*name` takes the rest of the path. */
  path: string;
  answer: (call: GitHubCall) => GitHubAnswer;
}

/** An object that came into being through a request. */
export interface CreatedObject {
  kind: 'issue' | 'pull' | 'comment';
  repo: string;
  /** Of the issue or pull request; for a comment, of what it is on. */
  number: number;
  id: number;
  title: string | null;
  body: string | null;
  by: string;
  at: Date;
}

/** @throws GitHubRefusal 404 for what is not there, and for what the caller may not see. */
export function repoOf({ store, params, login }: GitHubCall): Repo {
  const repo = store.repo(`${params['owner']}/${params['repo']}`);
  if (!repo) throw notFound();
  const isHidden = repo.isPrivate && repo.collaborators !== null && !repo.collaborators.includes(login);
  if (isHidden) throw notFound();
  return repo;
}

export function writableRepoOf(call: GitHubCall): Repo {
  const repo = repoOf(call);
  if (repo.isArchived) throw new GitHubRefusal(403, 'Repository was archived so is read-only.');
  return repo;
}

export function issueOf(call: GitHubCall, repo: Repo): Issue {
  const found = repo.issues.find((issue) => String(issue.number) === call.params['number']);
  if (!found) throw notFound();
  return found;
}

/** Only what lists show already. */
export function listed<T extends { listedFrom: number }>(all: readonly T[], now: Date): T[] {
  return all.filter((each) => each.listedFrom <= now.getTime());
}

export function pageAnswer<T>(call: GitHubCall, all: readonly T[], shape: (item: T) => object): GitHubAnswer {
  const { items, link } = pageOf(all, call.query, call.url);
  return { status: 200, body: items.map(shape), ...(link !== undefined && { headers: { link } }) };
}
