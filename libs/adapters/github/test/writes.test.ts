import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import { githubFaults, type GitHubFault } from '@openloop/simulators';

import { githubTools } from '../src/index.js';
import { context, KEY, MARKER, QUICK, REPO, startOcto, startOther, Tools, type Octo } from './octo.js';

const ISSUES = `/repos/${REPO}/issues`;
const ISSUE = { repo: REPO, title: 'Flaky test', body: 'It fails.', labels: ['bug'], assignees: ['sam'] };
const PULL = { repo: REPO, head: 'fix', base: 'main', title: 'Fix it', draft: true };

let octo: Octo;
beforeEach(async () => {
  octo = await startOcto();
});
afterEach(() => octo.server.close());

describe('what is sent', () => {
  it('creates an issue with everything that was asked for and the marker in its body', async () => {
    const result = await octo.tools.write('github.issues:write').run(ISSUE, context());

    expect(result).toEqual({
      kind: 'done',
      summary: `created issue #1 in ${REPO}`,
      data: { number: 1, repo: REPO, url: `${octo.server.url}/${REPO}/issues/1` },
      externalId: `${REPO}#1`,
      url: `${octo.server.url}/${REPO}/issues/1`,
    });
    expect(octo.github.ledger.posts(ISSUES).map(({ body }) => body)).toEqual([
      { title: 'Flaky test', body: `It fails.\n\n${MARKER}`, labels: ['bug'], assignees: ['sam'] },
    ]);
  });

  it('comments, with the marker', async () => {
    await octo.tools.write('github.issues:write').run(ISSUE, context('OTHER'));
    const args = { repo: REPO, number: 1, body: 'Seen again.' };
    const result = await octo.tools.write('github.issues:comment').run(args, context());

    expect(result).toMatchObject({
      kind: 'done',
      summary: `commented on #1 in ${REPO}`,
      externalId: expect.stringMatching(/^acme\/ingestion#1#issuecomment-\d+$/),
    });
    expect(octo.github.ledger.createdWith(KEY)).toMatchObject([
      { kind: 'comment', body: `Seen again.\n\n${MARKER}` },
    ]);
  });

  it('opens a draft pull request, with the marker even when there is no body', async () => {
    const result = await octo.tools.write('github.pulls:write').run(PULL, context());

    expect(result).toMatchObject({
      kind: 'done',
      summary: `opened PR #1 in ${REPO}`,
      externalId: `${REPO}#1`,
    });
    expect(octo.github.ledger.posts(`/repos/${REPO}/pulls`).map(({ body }) => body)).toEqual([
      { title: 'Fix it', head: 'fix', base: 'main', draft: true, body: MARKER },
    ]);
  });

  it('names the API version it was written for', async () => {
    const headers: unknown[] = [];
    const other = await startOther((request, response) => {
      headers.push(request.headers);
      response.writeHead(404).end();
    });
    await toolsAt(other.url).write('github.issues:write').run(ISSUE, context());
    await other.close();

    expect(headers).toMatchObject([
      {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        authorization: 'Bearer ours',
      },
    ]);
  });
});

describe('one create is one POST', () => {
  const EFFECTS: readonly [string, GitHubFault, { created: number; kind: string }][] = [
    ['no trouble', {}, { created: 1, kind: 'done' }],
    ['a slow answer', githubFaults.slow(100), { created: 1, kind: 'done' }],
    ['created, then 502', githubFaults.createdThen502(), { created: 1, kind: 'unknown' }],
    ['created, then a reset', githubFaults.createdThenReset(), { created: 1, kind: 'unknown' }],
    ['created, then silence', githubFaults.createdThenSilence(), { created: 1, kind: 'unknown' }],
    ['created, then half an answer', githubFaults.truncatedJson(), { created: 1, kind: 'unknown' }],
    ['502 and nothing created', githubFaults.down(502), { created: 0, kind: 'unknown' }],
    ['503 and nothing created', githubFaults.down(503), { created: 0, kind: 'unknown' }],
    ['502 and created later', githubFaults.landsLate(), { created: 0, kind: 'unknown' }],
    ['a 403 secondary limit', githubFaults.secondaryLimit(403, 7), { created: 0, kind: 'failed' }],
    ['a 429', githubFaults.secondaryLimit(429, 7), { created: 0, kind: 'failed' }],
    ['a 401', githubFaults.down(401), { created: 0, kind: 'failed' }],
    ['a 421', githubFaults.down(421), { created: 0, kind: 'unknown' }],
  ];

  it.each(EFFECTS)('with %s', async (_name, fault, { created, kind }) => {
    // Node repeats a 421 only on a connection that was used before.
    await octo.tools.read('github.issues:read').run({ repo: REPO }, context());
    octo.github.arm({ method: 'POST', path: ISSUES, fault });

    const result = await octo.tools.write('github.issues:write').run(ISSUE, context());

    expect(result.kind).toBe(kind);
    expect(octo.github.ledger.posts(ISSUES)).toHaveLength(1);
    expect(octo.github.ledger.created).toHaveLength(created);
    expect(octo.github.armed).toBe(0);
  });

  it.each([
    ['github.issues:comment', { repo: REPO, number: 1, body: 'hi' }, `${ISSUES}/1/comments`],
    ['github.pulls:write', PULL, `/repos/${REPO}/pulls`],
  ])('for %s too', async (permission, args, path) => {
    await octo.tools.write('github.issues:write').run(ISSUE, context('OTHER'));
    for (const fault of [githubFaults.down(500), githubFaults.createdThenReset()]) {
      octo.github.arm({ method: 'POST', path, fault });
      expect(await octo.tools.write(permission).run(args, context())).toMatchObject({ kind: 'unknown' });
    }
    expect(octo.github.ledger.posts(path)).toHaveLength(2);
    expect(octo.github.ledger.createdWith(MARKER)).toHaveLength(1);
  });

  it.each([301, 307, 308])('and a %s is not followed to another place', async (status) => {
    const other = await startOther((_request, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(),
    );
    const result = await toolsAt(other.url).write('github.issues:write').run(ISSUE, context());
    await other.close();

    expect(result).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(String(status)) });
    expect(other.requests).toEqual([`POST ${ISSUES}`]);
  });
});

describe('what an answer proves', () => {
  it.each([400, 401, 403, 404, 410, 422])('%s proves that nothing was made', async (status) => {
    octo.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.down(status) });
    const result = await octo.tools.write('github.issues:write').run(ISSUE, context());

    expect(result).toEqual({
      kind: 'failed',
      reason: expect.stringContaining(`GitHub answered ${status}: Server Error`),
    });
  });

  it.each([402, 405, 406, 408, 409, 418, 423, 451, 500, 502, 503, 504, 599])(
    '%s proves nothing',
    async (status) => {
      octo.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.down(status) });

      expect(await octo.tools.write('github.issues:write').run(ISSUE, context())).toMatchObject({
        kind: 'unknown',
      });
    },
  );

  it.each([403, 429] as const)('a limit with %s says when to come back', async (status) => {
    octo.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.secondaryLimit(status, 7) });

    expect(await octo.tools.write('github.issues:write').run(ISSUE, context())).toEqual({
      kind: 'failed',
      reason: expect.stringContaining('secondary rate limit'),
      retryAfterMs: 7_000,
    });
  });

  it.each([
    ['no time at all', {}, 60_000],
    ['the end of the window', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795252845' }, 45_000],
    ['a date', { 'retry-after': 'Sat, 21 Nov 2026 09:20:30 GMT' }, 30_000],
    ['a moment ago', { 'retry-after': '0' }, 1_000],
    ['next year', { 'retry-after': '31536000' }, 3_600_000],
  ])('a 429 that names %s is given a wait that can be kept', async (_name, headers, retryAfterMs) => {
    const other = await startOther((_request, response) =>
      response.writeHead(429, { date: 'Sat, 21 Nov 2026 09:20:00 GMT', ...headers }).end(),
    );
    const result = await toolsAt(other.url).write('github.issues:write').run(ISSUE, context());
    await other.close();

    expect(result).toMatchObject({ kind: 'failed', retryAfterMs });
  });

  it.each([
    ['HTML', 'text/html', '<html>hello</html>'],
    ['broken JSON', 'application/json', '{"number": 1, "html_'],
    ['JSON without a number', 'application/json', '{"html_url": "https://github.com/a/b/issues/1"}'],
    ['JSON with a script for a URL', 'application/json', '{"number": 1, "html_url": "javascript:alert(1)"}'],
    ['nothing', 'application/json', ''],
  ])('201 with %s proves nothing', async (_name, type, body) => {
    const other = await startOther((_request, response) =>
      response.writeHead(201, { 'content-type': type }).end(body),
    );
    const result = await toolsAt(other.url).write('github.issues:write').run(ISSUE, context());
    await other.close();

    expect(result).toEqual({ kind: 'unknown', reason: 'GitHub answered 201 without saying what was made' });
  });

  it("repeats GitHub's own reason in words", async () => {
    const pulls = octo.tools.write('github.pulls:write');
    await pulls.run(PULL, context('FIRST'));

    expect(await pulls.run(PULL, context())).toEqual({
      kind: 'failed',
      reason: 'GitHub answered 422: Validation Failed: A pull request already exists for acme:fix.',
    });
    expect(await pulls.run({ ...PULL, head: 'nowhere' }, context())).toEqual({
      kind: 'failed',
      reason: 'GitHub answered 422: Validation Failed: head is invalid',
    });
  });

  it('says of a token that is not accepted, without showing it', async () => {
    const result = await octo.as({ token: 'wrong-token' }).write('github.issues:write').run(ISSUE, context());

    expect(result).toEqual({
      kind: 'failed',
      reason: 'GitHub answered 401: Bad credentials (the credentials were not accepted)',
    });
    expect(octo.github.ledger.posts(ISSUES)).toHaveLength(1);
  });

  it.each([
    ['a repository that is not there', { repo: 'acme/nothing' }, '404'],
    [
      'issues that are switched off',
      { repo: 'acme/quiet' },
      '410: Issues has been disabled in this repository.',
    ],
    ['an archived repository', { repo: 'acme/old' }, '403: Repository was archived so is read-only.'],
  ])('fails on %s', async (_name, change, words) => {
    octo.github.seedRepo('acme/quiet', { hasIssues: false });
    octo.github.seedRepo('acme/old', { archived: true });

    expect(await octo.tools.write('github.issues:write').run({ ...ISSUE, ...change }, context())).toEqual({
      kind: 'failed',
      reason: expect.stringContaining(words),
    });
  });
});

describe('what the network proves', () => {
  it('fails when nobody listens', async () => {
    const gone = await startOther(() => undefined);
    await gone.close();

    expect(await toolsAt(gone.url).write('github.issues:write').run(ISSUE, context())).toEqual({
      kind: 'failed',
      reason: 'GitHub could not be reached (ECONNREFUSED)',
    });
  });

  it('fails when there is no TLS at the other end', async () => {
    const result = await toolsAt(octo.server.url.replace('http:', 'https:'))
      .write('github.issues:write')
      .run(ISSUE, context());

    expect(result).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/could not be reached \(ERR_SSL_/),
    });
    expect(octo.github.ledger.requests).toEqual([]);
  });

  it('fails without sending when it is cancelled before', async () => {
    const cancelled = { signal: AbortSignal.abort(), effectKey: KEY };

    expect(await octo.tools.write('github.issues:write').run(ISSUE, cancelled)).toMatchObject({
      kind: 'failed',
    });
    expect(octo.github.ledger.requests).toEqual([]);
  });

  it('does not know when it is cancelled on the way', async () => {
    const cancel = new AbortController();
    const other = await startOther(() => cancel.abort());
    const run = toolsAt(other.url).write('github.issues:write').run;
    const result = await run(ISSUE, { signal: cancel.signal, effectKey: KEY });
    await other.close();

    expect(result).toEqual({ kind: 'unknown', reason: 'The request to GitHub was cancelled on the way' });
  });

  it('does not know when no answer comes in time', async () => {
    octo.github.arm({ method: 'POST', path: ISSUES, fault: githubFaults.createdThenSilence() });

    expect(await octo.tools.write('github.issues:write').run(ISSUE, context())).toEqual({
      kind: 'unknown',
      reason: 'GitHub did not answer in time',
    });
  });
});

function toolsAt(apiUrl: string): Tools {
  return new Tools(githubTools({ token: new Secret('ours'), apiUrl, timings: QUICK }));
}
