import { pageAnswer, repoOf, type Endpoint, type GitHubAnswer, type GitHubCall } from './github-call.js';
import { GitHubRefusal, notFound } from './github-refusal.js';

/** https://docs.github.com/rest/users/users, /rest/repos/repos and /rest/git/refs */
export const repoEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/user', answer: getUser },
  { method: 'GET', path: '/repos/:owner/:repo', answer: getRepo },
  { method: 'GET', path: '/repos/:owner/:repo/git/ref/*ref', answer: getRef },
  { method: 'GET', path: '/repos/:owner/:repo/git/matching-refs/*ref', answer: listRefs },
];

/** An app's installation token has no user behind it, and GitHub says so. */
function getUser({ login, shapes }: GitHubCall): GitHubAnswer {
  if (login.endsWith('[bot]')) throw new GitHubRefusal(403, 'Resource not accessible by integration');
  return { status: 200, body: shapes.user(login) };
}

function getRepo(call: GitHubCall): GitHubAnswer {
  return { status: 200, body: call.shapes.repo(repoOf(call)) };
}

function getRef(call: GitHubCall): GitHubAnswer {
  const repo = repoOf(call);
  const branch = branchIn(call.params['ref']);
  const sha = branch === null ? undefined : repo.branches.get(branch);
  if (branch === null || sha === undefined) throw notFound();
  return { status: 200, body: call.shapes.ref(repo, branch, sha) };
}

function listRefs(call: GitHubCall): GitHubAnswer {
  const repo = repoOf(call);
  const prefix = branchIn(call.params['ref']);
  const found = [...repo.branches].filter(([branch]) => prefix !== null && branch.startsWith(prefix));
  return pageAnswer(call, found, ([branch, sha]) => call.shapes.ref(repo, branch, sha));
}

function branchIn(ref: string | undefined): string | null {
  return ref?.startsWith('heads/') === true ? ref.slice('heads/'.length) : null;
}
