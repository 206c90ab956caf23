import {
  issueOf,
  listed,
  pageAnswer,
  repoOf,
  writableRepoOf,
  type Endpoint,
  type GitHubAnswer,
  type GitHubCall,
} from './github-call.js';
import { validBody, validTitle } from './github-issues.js';
import { inState, sorted } from './github-paging.js';
import { bodyOf, invalid, notFound, optionalText, requireFields } from './github-refusal.js';
import { isPull, nextNumber, toSeconds, type Pull, type PullFacts, type Repo } from './github-store.js';

/** https://docs.github.com/rest/pulls/pulls */
export const pullEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/repos/:owner/:repo/pulls', answer: listPulls },
  { method: 'POST', path: '/repos/:owner/:repo/pulls', answer: createPull },
  { method: 'GET', path: '/repos/:owner/:repo/pulls/:number', answer: getPull },
];

function listPulls(call: GitHubCall): GitHubAnswer {
  const repo = repoOf(call);
  const head = call.query.get('head');
  const base = call.query.get('base');
  const wanted = inState(listed(repo.issues.filter(isPull), call.now), call.query)
    // GitHub ignores a head that is not written owner:branch.
    .filter(({ pull }) => !head?.includes(':') || `${pull.headOwner}:${pull.head}` === head)
    .filter(({ pull }) => !base || pull.base === base);
  return pageAnswer(call, sorted(wanted, call.query), (pull) => call.shapes.pull(pull, repo));
}

function getPull(call: GitHubCall): GitHubAnswer {
  const repo = repoOf(call);
  const issue = issueOf(call, repo);
  if (!isPull(issue)) throw notFound();
  return { status: 200, body: call.shapes.pull(issue, repo) };
}

function createPull(call: GitHubCall): GitHubAnswer {
  const repo = writableRepoOf(call);
  const body = bodyOf(call.text);
  requireFields(body, ['base', 'head']);
  const title = validTitle(body['title'], 'PullRequest');
  const text = validBody(optionalText(body, 'body'), 'PullRequest') ?? null;
  const at = toSeconds(call.now);
  const pull: Pull = {
    id: call.store.newId(),
    number: nextNumber(repo),
    title,
    body: text,
    isOpen: true,
    stateReason: null,
    labels: [],
    assignees: [],
    author: call.login,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    listedFrom: call.now.getTime() + call.unlistedMs,
    pull: pullFacts(call, repo, body),
  };
  repo.issues.push(pull);
  const created = {
    kind: 'pull',
    repo: repo.fullName,
    number: pull.number,
    id: pull.pull.id,
    title,
    body: text,
  } as const;
  call.ledger.add({ ...created, by: call.login, at: call.now });
  return {
    status: 201,
    body: call.shapes.pull(pull, repo),
    headers: { location: `${call.url}/${pull.number}` },
  };
}

function pullFacts(call: GitHubCall, repo: Repo, body: Record<string, unknown>): PullFacts {
  const base = optionalText(body, 'base') ?? '';
  const wanted = optionalText(body, 'head') ?? '';
  const colon = wanted.indexOf(':');
  const headOwner = colon < 0 ? repo.owner : wanted.slice(0, colon);
  const head = wanted.slice(colon + 1);
  // Another owner's head comes from that owner's repository of the same name: the fork.
  const headSha = call.store.repo(`${headOwner}/${repo.name}`)?.branches.get(head);
  if (headSha === undefined) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  const baseSha = repo.branches.get(base);
  if (baseSha === undefined) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  if (headSha === baseSha) {
    throw invalid({
      resource: 'PullRequest',
      code: 'custom',
      message: `No commits between ${base} and ${head}`,
    });
  }
  const label = `${headOwner}:${head}`;
  const hasTwin = repo.issues.some(
    ({ isOpen, pull }) => isOpen && pull?.base === base && `${pull.headOwner}:${pull.head}` === label,
  );
  if (hasTwin) {
    throw invalid({
      resource: 'PullRequest',
      code: 'custom',
      message: `A pull request already exists for ${label}.`,
    });
  }
  return { id: call.store.newId(), head, headOwner, headSha, base, baseSha, isDraft: body['draft'] === true };
}
