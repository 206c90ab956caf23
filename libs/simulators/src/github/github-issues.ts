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
import { changedSince, inState, sorted } from './github-paging.js';
import {
  bodyOf,
  GitHubRefusal,
  invalid,
  optionalNames,
  optionalText,
  requireFields,
} from './github-refusal.js';
import { nextNumber, toSeconds, type Issue, type Repo } from './github-store.js';

const MAX_TITLE = 256;
const MAX_BODY = 65_536;

/** https://docs.github.com/rest/issues/issues and /rest/issues/comments */
export const issueEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/repos/:owner/:repo/issues', answer: listIssues },
  { method: 'POST', path: '/repos/:owner/:repo/issues', answer: createIssue },
  { method: 'GET', path: '/repos/:owner/:repo/issues/:number', answer: getIssue },
  { method: 'PATCH', path: '/repos/:owner/:repo/issues/:number', answer: updateIssue },
  { method: 'GET', path: '/repos/:owner/:repo/issues/:number/comments', answer: listComments },
  { method: 'POST', path: '/repos/:owner/:repo/issues/:number/comments', answer: createComment },
];

function listIssues(call: GitHubCall): GitHubAnswer {
  const repo = withIssues(repoOf(call));
  const creator = call.query.get('creator')?.toLowerCase();
  const labels = call.query.get('labels')?.split(',') ?? [];
  const wanted = inState(changedSince(listed(repo.issues, call.now), call.query), call.query)
    .filter((issue) => creator === undefined || issue.author.toLowerCase() === creator)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)));
  return pageAnswer(call, sorted(wanted, call.query), (issue) => call.shapes.issue(issue, repo));
}

function getIssue(call: GitHubCall): GitHubAnswer {
  const repo = repoOf(call);
  return { status: 200, body: call.shapes.issue(issueOf(call, repo), repo) };
}

function createIssue(call: GitHubCall): GitHubAnswer {
  const repo = withIssues(writableRepoOf(call));
  const body = bodyOf(call.text);
  requireFields(body, ['title']);
  const title = validTitle(body['title'], 'Issue');
  const text = validBody(optionalText(body, 'body'), 'Issue');
  const at = toSeconds(call.now);
  const issue: Issue = {
    id: call.store.newId(),
    number: nextNumber(repo),
    title,
    body: text ?? null,
    isOpen: true,
    stateReason: null,
    labels: optionalNames(body, 'labels') ?? [],
    assignees: validAssignees(repo, optionalNames(body, 'assignees')) ?? [],
    author: call.login,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    listedFrom: call.now.getTime() + call.unlistedMs,
  };
  repo.issues.push(issue);
  const { id, number } = issue;
  call.ledger.add({
    kind: 'issue',
    repo: repo.fullName,
    number,
    id,
    title,
    body: issue.body,
    by: call.login,
    at: call.now,
  });
  const shape = call.shapes.issue(issue, repo);
  return { status: 201, body: shape, headers: { location: `${call.url}/${number}` } };
}

function updateIssue(call: GitHubCall): GitHubAnswer {
  const repo = writableRepoOf(call);
  const issue = issueOf(call, repo);
  const body = bodyOf(call.text);
  const changes: Partial<Issue> = {};
  if (body['title'] !== undefined) changes.title = validTitle(body['title'], 'Issue');
  const text = validBody(optionalText(body, 'body'), 'Issue');
  if (text !== undefined) changes.body = text;
  const labels = optionalNames(body, 'labels');
  if (labels) changes.labels = labels;
  const assignees = validAssignees(repo, optionalNames(body, 'assignees'));
  if (assignees) changes.assignees = assignees;
  Object.assign(issue, changes, stateChange(issue, body, call.now), { updatedAt: toSeconds(call.now) });
  return { status: 200, body: call.shapes.issue(issue, repo) };
}

function stateChange(issue: Issue, body: Record<string, unknown>, now: Date): Partial<Issue> {
  const state = optionalText(body, 'state');
  if (state === undefined || state === null) return {};
  if (state !== 'open' && state !== 'closed')
    throw invalid({ resource: 'Issue', field: 'state', code: 'invalid', value: state });
  const reason = optionalText(body, 'state_reason');
  if (state === 'closed')
    return { isOpen: false, closedAt: issue.closedAt ?? toSeconds(now), stateReason: reason ?? 'completed' };
  return { isOpen: true, closedAt: null, stateReason: issue.isOpen ? issue.stateReason : 'reopened' };
}

function listComments(call: GitHubCall): GitHubAnswer {
  const repo = repoOf(call);
  const { number } = issueOf(call, repo);
  const all = listed(repo.comments, call.now).filter((comment) => comment.issueNumber === number);
  return pageAnswer(call, changedSince(all, call.query), (comment) => call.shapes.comment(comment, repo));
}

function createComment(call: GitHubCall): GitHubAnswer {
  const repo = writableRepoOf(call);
  const issue = issueOf(call, repo);
  const sent = bodyOf(call.text);
  requireFields(sent, ['body']);
  const body = validBody(optionalText(sent, 'body'), 'IssueComment');
  if (!body?.trim()) {
    throw invalid({
      resource: 'IssueComment',
      field: 'data',
      code: 'unprocessable',
      message: 'Body cannot be blank',
    });
  }
  const at = toSeconds(call.now);
  const comment = {
    id: call.store.newId(),
    issueNumber: issue.number,
    body,
    author: call.login,
    createdAt: at,
    updatedAt: at,
    listedFrom: call.now.getTime() + call.unlistedMs,
  };
  repo.comments.push(comment);
  issue.updatedAt = at;
  const { fullName } = repo;
  const { number } = issue;
  call.ledger.add({
    kind: 'comment',
    repo: fullName,
    number,
    id: comment.id,
    title: null,
    body,
    by: call.login,
    at: call.now,
  });
  return { status: 201, body: call.shapes.comment(comment, repo) };
}

function withIssues(repo: Repo): Repo {
  if (!repo.hasIssues) throw new GitHubRefusal(410, 'Issues has been disabled in this repository.');
  return repo;
}

export function validTitle(value: unknown, resource: string): string {
  const title = typeof value === 'number' ? String(value) : optionalText({ title: value }, 'title');
  if (!title?.trim()) throw invalid({ resource, field: 'title', code: 'missing_field' });
  if (title.length > MAX_TITLE) {
    const message = `title is too long (maximum is ${MAX_TITLE} characters)`;
    throw invalid({ resource, field: 'title', code: 'custom', message });
  }
  return title;
}

export function validBody(body: string | null | undefined, resource: string): string | null | undefined {
  if (body && body.length > MAX_BODY) {
    const message = `body is too long (maximum is ${MAX_BODY} characters)`;
    throw invalid({ resource, field: 'body', code: 'custom', message });
  }
  return body;
}

function validAssignees(repo: Repo, logins: string[] | undefined): string[] | undefined {
  const stranger = logins?.find(
    (login) => repo.collaborators !== null && !repo.collaborators.includes(login),
  );
  if (stranger !== undefined) {
    throw invalid({ resource: 'Issue', field: 'assignees', code: 'invalid', value: stranger });
  }
  return logins;
}
