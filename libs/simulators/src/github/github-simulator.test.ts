import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Octokit, RequestError } from 'octokit';

import type { Loopback } from '../loopback.js';
import { GitHubSimulator } from './github-simulator.js';

const REPO = { owner: 'acme', repo: 'ingestion' };

describe('GitHubSimulator, spoken to by octokit', () => {
  let github: GitHubSimulator;
  let server: Loopback;
  let octokit: Octokit;
  let now: Date;

  beforeEach(async () => {
    now = new Date('2026-11-21T10:00:00.700Z');
    github = new GitHubSimulator({
      tokens: { ghp_good: 'openloop-bot', ghs_app: 'openloop[bot]' },
      now: () => now,
    });
    server = await github.start();
    octokit = connect('ghp_good');
    github.seedRepo('acme/ingestion', { branches: ['fix/dates', 'fix/nulls'] });
  });

  afterEach(() => server.close());

  function connect(auth: string | undefined): Octokit {
    return new Octokit({
      baseUrl: server.url,
      ...(auth !== undefined && { auth }),
      retry: { enabled: false },
      throttle: { enabled: false },
    });
  }

  async function refusalOf(promise: Promise<unknown>): Promise<RequestError> {
    try {
      await promise;
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
    throw new Error('The request was expected to be refused');
  }

  it('knows whose token it is', async () => {
    const { data } = await octokit.rest.users.getAuthenticated();
    expect(data.login).toBe('openloop-bot');
  });

  it('has no user for a token of an app, as GitHub has none', async () => {
    const refusal = await refusalOf(connect('ghs_app').rest.users.getAuthenticated());
    expect(refusal.status).toBe(403);
    expect(refusal.message).toContain('Resource not accessible by integration');
  });

  it.each([
    ['no token', undefined, 'Requires authentication'],
    ['an unknown token', 'ghp_bad', 'Bad credentials'],
  ])('refuses %s with 401 and does nothing', async (_, token, message) => {
    const refusal = await refusalOf(connect(token).rest.issues.create({ ...REPO, title: 'No' }));
    expect(refusal.status).toBe(401);
    expect(refusal.message).toContain(message);
    expect(github.ledger.created).toEqual([]);
    expect(github.ledger.posts('/repos/acme/ingestion/issues')).toMatchObject([
      { login: null, answered: 401 },
    ]);
  });

  it('describes a seeded repository by any case of its name and answers 404 for any other', async () => {
    const { data } = await octokit.rest.repos.get({ owner: 'ACME', repo: 'Ingestion' });
    expect(data).toMatchObject({ full_name: 'acme/ingestion', private: false, default_branch: 'main' });
    expect(data.node_id).toMatch(/^R_/u);
    const refusal = await refusalOf(octokit.rest.repos.get({ owner: 'acme', repo: 'other' }));
    expect(refusal.status).toBe(404);
    expect(refusal.message).toContain('Not Found');
  });

  it('hides a private repository from those who are not its collaborators', async () => {
    github.seedRepo('acme/secret', { private: true, collaborators: ['priya'] });
    const refusal = await refusalOf(octokit.rest.repos.get({ owner: 'acme', repo: 'secret' }));
    expect(refusal.status).toBe(404);
  });

  it('creates, reads, changes and closes an issue', async () => {
    const made = await octokit.rest.issues.create({
      ...REPO,
      title: 'Dates are wrong',
      body: '<!-- key -->',
      labels: ['bug'],
      assignees: ['priya'],
    });
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`${server.url}/repos/acme/ingestion/issues/1`);
    expect(made.data).toMatchObject({ number: 1, state: 'open', created_at: '2026-11-21T10:00:00Z' });
    await octokit.rest.issues.update({ ...REPO, issue_number: 1, state: 'closed', labels: ['bug', 'done'] });
    const { data } = await octokit.rest.issues.get({ ...REPO, issue_number: 1 });
    expect(data).toMatchObject({
      state: 'closed',
      state_reason: 'completed',
      closed_at: '2026-11-21T10:00:00Z',
    });
    expect(data.labels).toMatchObject([{ name: 'bug' }, { name: 'done' }]);
    expect(data.assignee).toMatchObject({ login: 'priya' });
    expect(github.ledger.createdWith('<!-- key -->')).toMatchObject([
      { kind: 'issue', number: 1, by: 'openloop-bot' },
    ]);
  });

  it.each([
    ['a blank title', { title: ' ' }, { resource: 'Issue', field: 'title', code: 'missing_field' }],
    ['a title of 257 characters', { title: 'x'.repeat(257) }, { field: 'title', code: 'custom' }],
    ['a body that is too long', { title: 'x', body: 'x'.repeat(65_537) }, { field: 'body', code: 'custom' }],
  ])('refuses an issue with %s in the shape of a 422', async (_, fields, error) => {
    const refusal = await refusalOf(octokit.rest.issues.create({ ...REPO, ...fields }));
    expect(refusal.status).toBe(422);
    expect(refusal.response?.data).toMatchObject({
      message: 'Validation Failed',
      status: '422',
      errors: [error],
    });
    expect(github.ledger.created).toEqual([]);
  });

  it('refuses an assignee who is no collaborator, disabled issues and an archived repository', async () => {
    github.seedRepo('acme/strict', { collaborators: ['openloop-bot'] });
    github.seedRepo('acme/quiet', { hasIssues: false });
    github.seedRepo('acme/old', { archived: true });
    const create = (repo: string, assignees: string[] = []) =>
      refusalOf(octokit.rest.issues.create({ owner: 'acme', repo, title: 'x', assignees }));
    expect((await create('strict', ['mallory'])).status).toBe(422);
    expect((await create('quiet')).status).toBe(410);
    expect((await create('old')).status).toBe(403);
  });

  it('gives lists in pages that octokit can follow to the end', async () => {
    for (let i = 1; i <= 7; i += 1) await octokit.rest.issues.create({ ...REPO, title: `Issue ${i}` });
    const all = await octokit.paginate(octokit.rest.issues.listForRepo, {
      ...REPO,
      per_page: 3,
      direction: 'asc',
    });
    expect(all.map((issue) => issue.number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(github.ledger.gets('/repos/acme/ingestion/issues')).toHaveLength(3);
  });

  it('filters a list by creator, state and since, and shows pull requests among the issues', async () => {
    await octokit.rest.issues.create({ ...REPO, title: 'Old' });
    await octokit.rest.issues.update({ ...REPO, issue_number: 1, state: 'closed' });
    now = new Date('2026-11-21T10:05:00.900Z');
    await connect('ghs_app').rest.issues.create({ ...REPO, title: 'By the app' });
    await octokit.rest.pulls.create({ ...REPO, title: 'PR', head: 'fix/dates', base: 'main' });
    const list = async (query: { creator?: string; since?: string; state?: 'all' | 'closed' }) =>
      (await octokit.rest.issues.listForRepo({ ...REPO, ...query })).data.map((issue) => issue.number);
    expect(await list({})).toEqual([3, 2]);
    expect(await list({ state: 'closed' })).toEqual([1]);
    expect(await list({ state: 'all', creator: 'openloop[bot]' })).toEqual([2]);
    expect(await list({ state: 'all', since: '2026-11-21T10:05:00Z' })).toEqual([3, 2]);
    // Times are kept in whole seconds, so a since with a fraction misses what was made in that very second.
    expect(await list({ state: 'all', since: '2026-11-21T10:05:00.500Z' })).toEqual([]);
    const { data } = await octokit.rest.issues.get({ ...REPO, issue_number: 3 });
    expect(data.pull_request).toBeDefined();
  });

  it('keeps comments, counts them on the issue and lists them by since', async () => {
    await octokit.rest.issues.create({ ...REPO, title: 'Talk' });
    await octokit.rest.issues.createComment({ ...REPO, issue_number: 1, body: 'First' });
    now = new Date('2026-11-21T11:00:00Z');
    await octokit.rest.issues.createComment({ ...REPO, issue_number: 1, body: 'Second' });
    const since = '2026-11-21T10:30:00Z';
    const { data } = await octokit.rest.issues.listComments({ ...REPO, issue_number: 1, since });
    expect(data.map((comment) => comment.body)).toEqual(['Second']);
    expect((await octokit.rest.issues.get({ ...REPO, issue_number: 1 })).data.comments).toBe(2);
    const blank = await refusalOf(
      octokit.rest.issues.createComment({ ...REPO, issue_number: 1, body: '  ' }),
    );
    expect(blank.status).toBe(422);
  });

  it('opens one pull request for a head and a base, and refuses the second', async () => {
    const pull = { ...REPO, title: 'Fix', head: 'fix/dates', base: 'main', draft: true };
    const made = await octokit.rest.pulls.create(pull);
    expect(made.data).toMatchObject({
      number: 1,
      draft: true,
      head: { label: 'acme:fix/dates' },
      base: { ref: 'main' },
    });
    const again = await refusalOf(octokit.rest.pulls.create(pull));
    expect(again.status).toBe(422);
    expect(again.response?.data).toMatchObject({
      errors: [
        {
          resource: 'PullRequest',
          code: 'custom',
          message: 'A pull request already exists for acme:fix/dates.',
        },
      ],
    });
    await octokit.rest.pulls.create({ ...pull, head: 'acme:fix/nulls' });
    const found = await octokit.rest.pulls.list({ ...REPO, head: 'acme:fix/nulls', base: 'main' });
    expect(found.data.map((each) => each.number)).toEqual([2]);
    expect((await octokit.rest.pulls.get({ ...REPO, pull_number: 2 })).data.head.ref).toBe('fix/nulls');
  });

  it.each([
    ['an unknown head', { head: 'nowhere', base: 'main' }, { field: 'head', code: 'invalid' }],
    ['an unknown base', { head: 'fix/dates', base: 'nowhere' }, { field: 'base', code: 'invalid' }],
    [
      'nothing to merge',
      { head: 'main', base: 'main' },
      { code: 'custom', message: 'No commits between main and main' },
    ],
  ])('refuses a pull request with %s', async (_, sides, error) => {
    const refusal = await refusalOf(octokit.rest.pulls.create({ ...REPO, title: 'Fix', ...sides }));
    expect(refusal.status).toBe(422);
    expect(refusal.response?.data).toMatchObject({ errors: [{ resource: 'PullRequest', ...error }] });
  });

  it('shows refs of seeded branches and of those pushed later', async () => {
    github.seedBranch('acme/ingestion', 'fix/later');
    const { data } = await octokit.rest.git.getRef({ ...REPO, ref: 'heads/fix/later' });
    expect(data.object.sha).toMatch(/^[0-9a-f]{40}$/u);
    const matching = await octokit.rest.git.listMatchingRefs({ ...REPO, ref: 'heads/fix/' });
    expect(matching.data).toHaveLength(3);
    expect((await refusalOf(octokit.rest.git.getRef({ ...REPO, ref: 'heads/none' }))).status).toBe(404);
  });

  it('answers a body that is not JSON with 400', async () => {
    const answer = await fetch(`${server.url}/repos/acme/ingestion/issues`, {
      method: 'POST',
      headers: { authorization: 'Bearer ghp_good' },
      body: '{"title":',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ message: 'Problems parsing JSON' });
  });
});
