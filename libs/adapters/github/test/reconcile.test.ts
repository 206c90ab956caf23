import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import { githubFaults } from '@openloop/simulators';

import { githubTools } from '../src/index.js';
import { context, KEY, look, MARKER, QUICK, REPO, startOcto, startOther, Tools, type Octo } from './octo.js';

const ISSUES = `/repos/${REPO}/issues`;
const PULLS = `/repos/${REPO}/pulls`;
const ISSUE = { repo: REPO, title: 'Flaky test' };
const PULL = { repo: REPO, head: 'fix', base: 'main', title: 'Fix it', draft: true };
const COMMENT = { repo: REPO, number: 1, body: 'Seen again.' };

let octo: Octo;
let since: Date;
beforeEach(async () => {
  octo = await startOcto();
  since = new Date();
});
afterEach(() => octo.server.close());

describe.each([
  ['github.issues:write', ISSUE, ISSUES, `created issue #2 in ${REPO}`],
  ['github.issues:comment', COMMENT, `${ISSUES}/1/comments`, `commented on #1 in ${REPO}`],
  ['github.pulls:write', PULL, PULLS, `opened PR #2 in ${REPO}`],
] as const)('looking for a %s whose end was not seen', (permission, args, path, summary) => {
  beforeEach(async () => {
    await octo.tools.write('github.issues:write').run({ ...ISSUE, title: 'an older one' }, context('OLDER'));
  });

  it.each([
    ['a 502', githubFaults.createdThen502()],
    ['a reset', githubFaults.createdThenReset()],
    ['half an answer', githubFaults.truncatedJson()],
  ])('finds it after %s', async (_name, fault) => {
    const tool = octo.tools.write(permission);
    octo.github.arm({ method: 'POST', path, fault });
    expect((await tool.run(args, context())).kind).toBe('unknown');

    const found = await tool.reconcile(args, look(since));

    const [truth] = octo.github.ledger.createdWith(MARKER);
    expect(found).toMatchObject({
      kind: 'found',
      summary,
      url: expect.stringContaining(`/${truth?.number}`),
    });
    expect(octo.github.ledger.posts(path)).toHaveLength(permission === 'github.issues:write' ? 2 : 1);
  });

  it('says the same of it as a write that was seen to its end', async () => {
    const tool = octo.tools.write(permission);
    const { kind, ...done } = await tool.run(args, context());
    expect(kind).toBe('done');

    expect(await tool.reconcile(args, look(since))).toEqual({ kind: 'found', ...done });
  });

  it('does not find what was never made', async () => {
    const tool = octo.tools.write(permission);
    octo.github.arm({ method: 'POST', path, fault: githubFaults.down() });
    await tool.run(args, context());

    expect(await tool.reconcile(args, look(since))).toEqual({ kind: 'not_found' });
  });

  it('finds on a later look what the list did not show at first', async () => {
    const tool = octo.tools.write(permission);
    octo.github.arm({
      method: 'POST',
      path,
      fault: { ...githubFaults.createdThen502(), ...githubFaults.listLag() },
    });
    await tool.run(args, context());

    expect(await tool.reconcile(args, look(since))).toEqual({ kind: 'not_found' });
    octo.github.settle();
    expect(await tool.reconcile(args, look(since))).toMatchObject({ kind: 'found' });
  });

  it('finds on a later look what landed late', async () => {
    const tool = octo.tools.write(permission);
    octo.github.arm({ method: 'POST', path, fault: githubFaults.landsLate() });
    await tool.run(args, context());

    expect(await tool.reconcile(args, look(since))).toEqual({ kind: 'not_found' });
    octo.github.settle();
    expect(await tool.reconcile(args, look(since))).toMatchObject({ kind: 'found' });
  });

  it('cannot tell while the list is away', async () => {
    octo.github.arm({ method: 'GET', path, fault: githubFaults.down(503), times: 3 });

    expect(await octo.tools.write(permission).reconcile(args, look(since))).toEqual({
      kind: 'cannot_tell',
      reason: 'GitHub answered 503: Server Error',
    });
    expect(octo.github.armed).toBe(0);
  });

  it('tries a list again that was away for a moment', async () => {
    await octo.tools.write(permission).run(args, context());
    octo.github.arm({ method: 'GET', path, fault: githubFaults.down(502), times: 2 });

    expect(await octo.tools.write(permission).reconcile(args, look(since))).toMatchObject({ kind: 'found' });
  });

  it('cannot tell from half a list', async () => {
    await octo.tools.write(permission).run(args, context());
    octo.github.arm({ method: 'GET', path, fault: githubFaults.truncatedJson() });

    expect(await octo.tools.write(permission).reconcile(args, look(since))).toMatchObject({
      kind: 'cannot_tell',
    });
  });

  it('cannot tell with a token that is no longer accepted', async () => {
    expect(await octo.as({ token: 'revoked' }).write(permission).reconcile(args, look(since))).toMatchObject({
      kind: 'cannot_tell',
      reason: expect.stringContaining('Bad credentials'),
    });
  });

  it('does not take what somebody else made with a copy of the marker', async () => {
    await octo.as({ token: 'theirs' }).write(permission).run(args, context());

    expect(await octo.tools.write(permission).reconcile(args, look(since))).toEqual({ kind: 'not_found' });
  });

  it('does not take a longer key for its own', async () => {
    await octo.tools.write(permission).run(args, context(`${KEY}0`));

    expect(await octo.tools.write(permission).reconcile(args, look(since))).toEqual({ kind: 'not_found' });
  });

  it('works for an App, which has no login', async () => {
    const app = octo.as({ token: 'installation' }).write(permission);
    await app.run(args, context());

    expect(await app.reconcile(args, look(since))).toMatchObject({ kind: 'found' });
  });
});

describe('how the lists are asked for', () => {
  /** Hundreds of writes at once take longer than a test of one may wait. */
  const patient = () =>
    octo.as({ timings: { readMs: 20_000, writeMs: 20_000, retryBaseMs: 1 } }).write('github.issues:write');

  it('goes through all pages', async () => {
    const tool = octo.tools.write('github.issues:write');
    await tool.run(ISSUE, context());
    await Promise.all(
      Array.from({ length: 230 }, (_, i) =>
        patient().run({ ...ISSUE, title: `later ${i}` }, context(`L${i}`)),
      ),
    );

    expect(await tool.reconcile(ISSUE, look(since))).toMatchObject({
      kind: 'found',
      externalId: `${REPO}#1`,
    });
    expect(octo.github.ledger.gets(ISSUES).map(({ query }) => query['page'] ?? '1')).toEqual(['1', '2', '3']);
  });

  it('cannot tell when a later page is away', async () => {
    const tool = octo.tools.write('github.issues:write');
    await Promise.all(Array.from({ length: 120 }, (_, i) => patient().run(ISSUE, context(`L${i}`))));
    octo.github.arm({ method: 'GET', path: ISSUES, fault: {} });
    octo.github.arm({ method: 'GET', path: ISSUES, fault: githubFaults.down(503), times: 3 });

    expect(await tool.reconcile(ISSUE, look(since))).toMatchObject({ kind: 'cannot_tell' });
  });

  it('asks for our own issues of all states, from a good while before, and never searches', async () => {
    since = new Date('2026-11-21T12:00:00Z');
    await octo.tools.write('github.issues:write').reconcile(ISSUE, look(since));

    expect(octo.github.ledger.requests.map(({ path }) => path)).toEqual(['/user', ISSUES]);
    expect(octo.github.ledger.gets(ISSUES)[0]?.query).toMatchObject({
      creator: 'openloop-bot',
      state: 'all',
      since: '2026-11-21T11:45:00.000Z',
      per_page: '100',
    });
  });

  it('asks who we are only once', async () => {
    const tool = octo.tools.write('github.issues:write');
    await tool.reconcile(ISSUE, look(since));
    await tool.reconcile(ISSUE, look(since));

    expect(octo.github.ledger.gets('/user')).toHaveLength(1);
  });

  it('finds an issue although our clock is ten minutes ahead', async () => {
    const tool = octo.tools.write('github.issues:write');
    await tool.run(ISSUE, context());

    expect(await tool.reconcile(ISSUE, look(new Date(Date.now() + 600_000)))).toMatchObject({
      kind: 'found',
    });
  });

  it.each([
    ['an empty answer', ''],
    ['an object', '{"items": []}'],
    ['items it cannot read', '[{"nothing": 1}]'],
  ])('does not take %s for an empty list', async (_name, body) => {
    const other = await startOther((request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(request.url === '/user' ? '{"login": "openloop-bot"}' : body),
    );
    const tools = new Tools(githubTools({ token: new Secret('ours'), apiUrl: other.url, timings: QUICK }));
    const result = await tools.write('github.issues:write').reconcile(ISSUE, look(since));
    await other.close();

    expect(result).toMatchObject({ kind: 'cannot_tell' });
  });
});

it('does not carry the token to a next page at another address', async () => {
  const thief = await startOther((_request, response) => response.writeHead(200).end('[]'));
  const other = await startOther((request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', link: `<${thief.url}/more>; rel="next"` })
      .end(request.url === '/user' ? '{"login": "openloop-bot"}' : '[]'),
  );
  const tools = new Tools(githubTools({ token: new Secret('ours'), apiUrl: other.url, timings: QUICK }));
  const result = await tools.write('github.issues:write').reconcile(ISSUE, look(since));
  await Promise.all([thief.close(), other.close()]);

  expect(result).toMatchObject({ kind: 'cannot_tell', reason: expect.stringContaining('another address') });
  expect(thief.requests).toEqual([]);
});

describe('a pull request whose marker was edited away', () => {
  const bare = async (change: object): Promise<void> => {
    await fetch(`${octo.server.url}${PULLS}`, {
      method: 'POST',
      headers: { authorization: 'Bearer ours', 'content-type': 'application/json' },
      body: JSON.stringify({ title: PULL.title, head: PULL.head, base: PULL.base, ...change }),
    });
  };

  it('is still found by its branches and title', async () => {
    await bare({ body: 'rewritten by a person' });

    expect(await octo.tools.write('github.pulls:write').reconcile(PULL, look(since))).toMatchObject({
      kind: 'found',
      externalId: `${REPO}#1`,
    });
  });

  it.each([
    ['another branch', { head: 'other' }],
    ['another title', { title: 'Something else' }],
    ["another effect's marker", { body: '<!-- openloop:effect:SOMEONEELSES -->' }],
  ])('is not one with %s', async (_name, change) => {
    await bare(change);

    expect(await octo.tools.write('github.pulls:write').reconcile(PULL, look(since))).toEqual({
      kind: 'not_found',
    });
    expect(octo.github.ledger.created).toHaveLength(1);
  });

  it('is not one that was there long before', async () => {
    await bare({});
    const later = new Date(Date.now() + 3_600_000);

    expect(await octo.tools.write('github.pulls:write').reconcile(PULL, look(later))).toEqual({
      kind: 'not_found',
    });
  });
});
