import { createHash } from 'node:crypto';

/** A repository as the caller seeds it. */
export interface RepoSeed {
  private?: boolean;
  defaultBranch?: string;
  /** Besides the default branch. */
  branches?: readonly string[];
  /** Logins that may be assigned and may see a private repository. Without: everybody. */
  collaborators?: readonly string[];
  hasIssues?: boolean;
  archived?: boolean;
}

export interface Repo {
  id: number;
  owner: string;
  name: string;
  fullName: string;
  isPrivate: boolean;
  defaultBranch: string;
  /** Branch name to commit id. */
  branches: Map<string, string>;
  collaborators: readonly string[] | null;
  hasIssues: boolean;
  isArchived: boolean;
  createdAt: Date;
  /** Issues and pull requests share one sequence of numbers, as on GitHub. */
  issues: Issue[];
  comments: IssueComment[];
}

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  isOpen: boolean;
  stateReason: string | null;
  labels: readonly string[];
  assignees: readonly string[];
  author: string;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  /** Not in any list before this moment. */
  listedFrom: number;
  pull?: PullFacts;
}

export interface PullFacts {
  id: number;
  head: string;
  headOwner: string;
  headSha: string;
  base: string;
  baseSha: string;
  isDraft: boolean;
}

export interface Pull extends Issue {
  pull: PullFacts;
}

export interface IssueComment {
  id: number;
  issueNumber: number;
  body: string;
  author: string;
  createdAt: Date;
  updatedAt: Date;
  listedFrom: number;
}

/** What exists. Names of owners and repositories are matched without regard to case, as on GitHub. */
export class GitHubStore {
  readonly #repos = new Map<string, Repo>();
  #lastId = 1_000_000;

  /** Ids grow over the whole of GitHub, not per repository. */
  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  seedRepo(fullName: string, seed: RepoSeed, now: Date): void {
    const { owner, name } = splitName(fullName);
    const { defaultBranch = 'main', branches = [] } = seed;
    const repo: Repo = {
      id: this.newId(),
      owner,
      name,
      fullName,
      isPrivate: seed.private === true,
      defaultBranch,
      branches: new Map(),
      collaborators: seed.collaborators ?? null,
      hasIssues: seed.hasIssues !== false,
      isArchived: seed.archived === true,
      createdAt: toSeconds(now),
      issues: [],
      comments: [],
    };
    for (const branch of [defaultBranch, ...branches]) addBranch(repo, branch);
    this.#repos.set(fullName.toLowerCase(), repo);
  }

  repo(fullName: string): Repo | null {
    return this.#repos.get(fullName.toLowerCase()) ?? null;
  }

  repos(): Repo[] {
    return [...this.#repos.values()];
  }
}

function splitName(fullName: string): { owner: string; name: string } {
  const [owner, name, ...rest] = fullName.split('/');
  if (owner && name && rest.length === 0) return { owner, name };
  throw new Error(`A repository is named owner/name, not "${fullName}"`);
}

export function addBranch(repo: Repo, branch: string): void {
  repo.branches.set(branch, createHash('sha1').update(`${repo.fullName}\n${branch}`).digest('hex'));
}

export function nextNumber(repo: Repo): number {
  return repo.issues.length + 1;
}

/** GitHub keeps whole seconds: an object is a little older than the moment it was made. */
export function toSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

export function isPull(issue: Issue): issue is Pull {
  return issue.pull !== undefined;
}
