import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Octokit, RequestError } from 'octokit';

import type { Loopback } from '../loopback.js';
import { githubFaults, type GitHubFault } from './github-faults.js';
import { GitHubSimulator } from './github-simulator.js';

const REPO = { owner: 'acme', repo: 'ingestion' };
const ISSUES = '/repos/acme/ingestion/issues';

describe('a GitHub that misbehaves', () => {
  let github: GitHubSimulator;
  let server: Loopback;
  let octokit: Octokit;
  let now: number;

  beforeEach(async () => {
    now = Date.parse('2026-11-21T10:00:00Z');
    github = new GitHubSimulator({ tokens: { ghp_good: 'openloop-bot' }, now: () => new Date(now) });
    server = await github.start();
    octokit = new Octokit({
      baseUrl: server.url,
      auth: 'ghp_good',
      retry: { enabled: false },
      throttle: { enabled: false },
    });
    github.seedRepo('acme/ingestion');
  });

  afterEach(() => server.close());

  const create = (signal?: AbortSignal) =>
    octokit.rest.issues.create({ ...REPO, title: 'Key 7', ...(signal && { request: { signal } }) });
  const numbers = async () => (await octokit.rest.issues.listForRepo(REPO)).data.map((issue) => issue.number);

  async function createUnder(fault: GitHubFault): Promise<RequestError> {
    github.arm({ method: 'POST', path: ISSUES, fault });
    const error: unknown = await create().then(
      () => new Error('The request was expected to fail'),
      (reason: unknown) => reason,
    );
    if (error instanceof RequestError) return error;
    throw error;
  }

  it('creates the issue and answers 502', async () => {
    expect((await createUnder(githubFaults.createdThen502())).status).toBe(502);
    expect(github.ledger.createdWith('Key 7')).toHaveLength(1);
    expect(await numbers()).toEqual([1]);
  });

  it('creates the issue and resets the connection', async () => {
    const error = await createUnder(githubFaults.createdThenReset());
    expect(error.response).toBeUndefined();
    expect(github.ledger.createdWith('Key 7')).toHaveLength(1);
    expect(github.ledger.posts(ISSUES)).toMatchObject([{ answered: 'reset' }]);
  });

  it('answers 502 and creates nothing', async () => {
    expect((await createUnder(githubFaults.down())).status).toBe(502);
    expect(github.ledger.createdWith('Key 7')).toEqual([]);
    expect(await numbers()).toEqual([]);
  });

  it('creates the issue and never answers, so that the client must give up', async () => {
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThenSilence() });
    // A timeout reaches the caller as octokit's made-up 500, not as an abort.
    await expect(create(AbortSignal.timeout(500))).rejects.toMatchObject({
      status: 500,
      message: 'Unknown Error',
    });
    expect(github.ledger.createdWith('Key 7')).toHaveLength(1);
  });

  it('answers late but truly', async () => {
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.slow(60) });
    const before = performance.now();
    expect((await create()).status).toBe(201);
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
  });

  it('creates the issue and stops in the middle of the JSON', async () => {
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.truncatedJson() });
    const answer = await fetch(server.url + ISSUES, {
      method: 'POST',
      headers: { authorization: 'token ghp_good' },
      body: JSON.stringify({ title: 'Key 7' }),
    });
    expect(answer.status).toBe(201);
    await expect(answer.json()).rejects.toThrow(/Unterminated|Unexpected end/u);
    expect(github.ledger.createdWith('Key 7')).toHaveLength(1);
  });

  it.each([403, 429] as const)(
    'refuses by the secondary limit with %i and says when to come back',
    async (status) => {
      const error = await createUnder(githubFaults.secondaryLimit(status, 7));
      expect(error.status).toBe(status);
      expect(error.response?.headers['retry-after']).toBe('7');
      expect(error.message).toContain('secondary rate limit');
      expect(github.ledger.createdWith('Key 7')).toEqual([]);
    },
  );

  it('shows a new issue by its number at once but in lists only later', async () => {
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.listLag(90_000) });
    await create();
    expect((await octokit.rest.issues.get({ ...REPO, issue_number: 1 })).data.title).toBe('Key 7');
    now += 89_999;
    expect(await numbers()).toEqual([]);
    now += 1;
    expect(await numbers()).toEqual([1]);
  });

  it('lists what lagged once it has settled', async () => {
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.listLag() });
    await create();
    expect(await numbers()).toEqual([]);
    github.settle();
    expect(await numbers()).toEqual([1]);
  });

  it('refuses a list with 503 as often as armed', async () => {
    github.arm({ method: 'GET', path: /\/issues$/u, fault: githubFaults.down(503), times: 2 });
    await expect(numbers()).rejects.toMatchObject({ status: 503 });
    expect(github.armed).toBe(1);
    await expect(numbers()).rejects.toMatchObject({ status: 503 });
    expect(github.armed).toBe(0);
    expect(await numbers()).toEqual([]);
  });

  it('lets an issue land long after its 502, behind one made in between', async () => {
    const error = await createUnder(githubFaults.landsLate(30_000));
    expect(error.status).toBe(502);
    expect(github.ledger.createdWith('Key 7')).toEqual([]);
    await octokit.rest.issues.create({ ...REPO, title: 'In between' });
    now += 30_000;
    expect(github.ledger.createdWith('Key 7')).toMatchObject([{ number: 2 }]);
    expect(await numbers()).toEqual([2, 1]);
  });

  it('lets what is late happen when it settles', async () => {
    await createUnder(githubFaults.landsLate());
    now += 86_400_000;
    expect(await numbers()).toEqual([]);
    github.settle();
    expect(await numbers()).toEqual([1]);
  });

  it('never spends a fault on a request with a bad token', async () => {
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThen502() });
    const answer = await fetch(server.url + ISSUES, {
      method: 'POST',
      headers: { authorization: 'token bad' },
    });
    expect(answer.status).toBe(401);
    expect(github.armed).toBe(1);
  });

  it('shows what octokit does to a write when its retries are left on', async () => {
    const eager = new Octokit({ baseUrl: server.url, auth: 'ghp_good', retry: { retryAfterBaseValue: 1 } });
    github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThen502(), times: 4 });
    await expect(eager.rest.issues.create({ ...REPO, title: 'Key 7' })).rejects.toMatchObject({
      status: 502,
    });
    expect(github.ledger.createdWith('Key 7')).toHaveLength(4);
  });
});
