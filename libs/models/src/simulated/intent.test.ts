import { describe, expect, it } from '@jest/globals';

import { intentOf } from './intent.js';

describe('intentOf', () => {
  it.each([
    ['open an issue about the flaky ingest test', 'demo/ingestion', 'Flaky ingest test', ['bug', 'flaky']],
    ['<@U1> Please create a ticket in acme/web: login is slow.', 'acme/web', 'Login is slow', ['bug']],
    ['file a bug for acme/api about wrong totals', 'acme/api', 'Wrong totals', ['bug']],
    ['open an issue titled “Fix the docs”', 'demo/ingestion', 'Fix the docs', ['documentation']],
    ['open an issue', 'demo/ingestion', 'Untitled issue', ['bug']],
  ])('understands %j as a wish for an issue', (text, repo, title, labels) => {
    expect(intentOf(text)).toEqual({ kind: 'open_issue', repo, title, labels });
  });

  it.each([
    ['read issue 7', { kind: 'read_issue', repo: 'demo/ingestion', number: 7 }],
    ['show me issue #12 of acme/web', { kind: 'read_issue', repo: 'acme/web', number: 12 }],
    ['list issues', { kind: 'list_issues', repo: 'demo/ingestion' }],
    ['which issues are there in acme/web?', { kind: 'list_issues', repo: 'acme/web' }],
    ['run an expensive investigation', { kind: 'investigate', repo: 'demo/ingestion' }],
    ['what did you just do?', { kind: 'retell' }],
    ['what did we decide about Redis?', { kind: 'recall', topic: 'Redis' }],
    ['summarize: one. two.', { kind: 'summarize', text: 'one. two.' }],
    ['good morning', { kind: 'other' }],
    ['', { kind: 'other' }],
  ])('understands %j', (text, intent) => {
    expect(intentOf(text)).toEqual(intent);
  });

  it('keeps a title short and never empty', () => {
    const intent = intentOf(`open an issue about ${'very '.repeat(100)}long things`);

    expect(intent.kind === 'open_issue' && intent.title.length).toBeLessThanOrEqual(120);
  });

  it('stays quick on a long hostile text', () => {
    const start = performance.now();
    intentOf(`open ${'issue in a/'.repeat(20_000)}`);
    intentOf(`summarize ${' '.repeat(50_000)}x`);
    intentOf('open '.repeat(20_000));

    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
