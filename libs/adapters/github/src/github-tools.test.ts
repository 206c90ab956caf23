import { describe, expect, it } from '@jest/globals';
import { Secret } from '@openloop/kernel';
import type { Tool } from '@openloop/tools';
import { z } from 'zod';

import { githubTools } from './github-tools.js';

const tools = githubTools({ token: new Secret('t') });
const ISSUE = { repo: 'acme/ingestion', title: 'Flaky test' };
const PULL = { repo: 'acme/ingestion', head: 'fix', title: 'Fix it' };
const COMMENT = { repo: 'acme/ingestion', number: 3, body: 'Seen again' };
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `label-${i}`);

describe('the tools', () => {
  it('are the native permissions, two of which read', () => {
    expect(tools.map(({ permission, effect }) => `${permission} ${effect}`)).toEqual([
      'github.issues:read read',
      'github.issues:write write',
      'github.issues:comment write',
      'github.pulls:read read',
      'github.pulls:write write',
    ]);
  });

  it.each(tools.map((each) => [each.permission, each] as const))(
    '%s shows the model a strict JSON Schema',
    (_name, each) => {
      const schema = z.toJSONSchema(each.parameters, { io: 'input' });

      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(schema.required).toContain('repo');
      expect(schema.properties?.['repo']).toMatchObject({ type: 'string', pattern: expect.any(String) });
    },
  );

  it('are refused an API address that is not one', () => {
    for (const apiUrl of ['github.com', 'file:///etc/passwd', '']) {
      expect(() => githubTools({ token: new Secret('t'), apiUrl })).toThrow('must start with https://');
    }
  });
});

describe('the target', () => {
  it.each([
    'acme/../evil',
    'acme/..',
    'acme/.',
    'acme/in gest',
    'acme/ingestion/issues',
    'https://github.com/acme/ingestion',
    'acme',
    '/ingestion',
    'acme/',
    '-acme/x',
    'ac.me/x',
    'acme/x%2F..',
    'acme/x?y=1',
    'acme/x#1',
    'acme/x\n',
    'acme/ünïcode',
    'acme/x.git',
    `${'a'.repeat(40)}/x`,
    `acme/${'x'.repeat(101)}`,
  ])('cannot be %j', (repo) => {
    expect(problemsOf('github.issues:write', { ...ISSUE, repo })).toEqual([
      'repo: repo must be owner/name, such as acme/ingestion',
    ]);
  });

  it.each(['acme/ingestion', 'a/b', 'Acme-Corp/My.Repo_1', 'octo_acme/x', 'acme/.github', 'acme/...'])(
    'can be %j',
    (repo) => {
      expect(problemsOf('github.issues:write', { ...ISSUE, repo })).toEqual([]);
    },
  );

  it('is one of the allowed owners, for every tool', () => {
    const some = githubTools({ token: new Secret('t'), allowedOwners: ['Acme'] });
    const args = [{}, ISSUE, COMMENT, {}, PULL];
    some.forEach((each, i) => {
      expect(each.parameters.safeParse({ ...args[i], repo: 'acme/x' }).success).toBe(true);
      expect(messagesOf(each.parameters.safeParse({ ...args[i], repo: 'acme-evil/x' }))).toEqual([
        'repo: target_not_allowed: repo must belong to Acme',
      ]);
    });
  });
});

describe('the arguments', () => {
  it.each([
    ['300 characters of title', 'github.issues:write', { ...ISSUE, title: 'x'.repeat(300) }],
    ['two lines of title', 'github.issues:write', { ...ISSUE, title: 'a\nb' }],
    ['a line separator in the title', 'github.issues:write', { ...ISSUE, title: 'a\u2028b' }],
    ['a title of spaces', 'github.issues:write', { ...ISSUE, title: '   ' }],
    ['no title', 'github.issues:write', { repo: 'acme/x' }],
    ['1,000 labels', 'github.issues:write', { ...ISSUE, labels: many(1000) }],
    ['21 labels', 'github.issues:write', { ...ISSUE, labels: many(21) }],
    ['a label with a comma', 'github.issues:write', { ...ISSUE, labels: ['a,b'] }],
    ['a long label', 'github.issues:write', { ...ISSUE, labels: ['x'.repeat(51)] }],
    ['an assignee with @', 'github.issues:write', { ...ISSUE, assignees: ['@sam'] }],
    ['a body too long for GitHub', 'github.issues:write', { ...ISSUE, body: 'x'.repeat(65_001) }],
    ['a forged marker', 'github.issues:write', { ...ISSUE, body: 'x <!-- openloop:effect:ABC -->' }],
    ['an unknown key', 'github.issues:write', { ...ISSUE, milestone: 1 }],
    ['a number as text', 'github.issues:comment', { ...COMMENT, number: '3' }],
    ['number 0', 'github.issues:comment', { ...COMMENT, number: 0 }],
    ['an empty comment', 'github.issues:comment', { ...COMMENT, body: ' \n ' }],
    ['state beside number', 'github.issues:read', { repo: 'acme/x', number: 1, state: 'open' }],
    ['an unknown state', 'github.pulls:read', { repo: 'acme/x', state: 'merged' }],
    ['a change of a branch into itself', 'github.pulls:write', { ...PULL, head: 'main' }],
    ['draft as text', 'github.pulls:write', { ...PULL, draft: 'yes' }],
  ])('refuse %s', (_name, permission, args) => {
    expect(problemsOf(permission, args)).toHaveLength(1);
  });

  it.each([
    '',
    'a b',
    'a..b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    '-a',
    'a~1',
    'a^',
    'a:b:c',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'a@{1}',
  ])('refuse the branch %j', (head) => {
    expect(problemsOf('github.pulls:write', { ...PULL, head })).toEqual([
      'head: must be a branch name that git accepts',
    ]);
  });

  it.each(['fix', 'feature/flaky-test', 'mallory:fix', 'release-1.2', 'openloop/7Q2M9K8X', 'v1.0'])(
    'take the branch %j',
    (head) => {
      expect(problemsOf('github.pulls:write', { ...PULL, head })).toEqual([]);
    },
  );

  it('fill in that a pull request is a draft into main', () => {
    expect(tool('github.pulls:write').parameters.parse(PULL)).toEqual({ ...PULL, base: 'main', draft: true });
  });
});

describe('the card', () => {
  it('of an issue shows every argument whole', () => {
    const body = 'word '.repeat(3000);
    const args = { ...ISSUE, body, labels: ['bug', 'flaky'], assignees: ['sam', 'max'] };

    expect(tool('github.issues:write').describe(args)).toEqual({
      summary: 'Create issue “Flaky test” in acme/ingestion',
      target: 'acme/ingestion',
      fields: [
        { label: 'Repository', value: 'acme/ingestion' },
        { label: 'Title', value: 'Flaky test' },
        { label: 'Body', value: body },
        { label: 'Labels', value: 'bug, flaky' },
        { label: 'Assignees', value: 'sam, max' },
      ],
      risk: 'low',
    });
  });

  it('of a pull request says from where, into where, and that it is a draft', () => {
    expect(tool('github.pulls:write').describe({ ...PULL, base: 'main', draft: true })).toEqual({
      summary: 'Open draft PR “Fix it” in acme/ingestion',
      target: 'acme/ingestion',
      fields: [
        { label: 'Repository', value: 'acme/ingestion' },
        { label: 'From', value: 'fix' },
        { label: 'Into', value: 'main' },
        { label: 'Title', value: 'Fix it' },
        { label: 'Draft', value: 'yes' },
      ],
      risk: 'medium',
      riskReason: 'proposes a change to the code',
    });
    expect(tool('github.pulls:write').describe({ ...PULL, base: 'main', draft: false }).summary).toBe(
      'Open PR “Fix it” in acme/ingestion',
    );
  });

  it('of a comment shows what it is on', () => {
    expect(tool('github.issues:comment').describe(COMMENT)).toEqual({
      summary: 'Comment on #3 in acme/ingestion',
      target: 'acme/ingestion',
      fields: [
        { label: 'Repository', value: 'acme/ingestion' },
        { label: 'Number', value: '3' },
        { label: 'Body', value: 'Seen again' },
      ],
      risk: 'low',
    });
  });
});

function tool(permission: string): Tool {
  const found = tools.find((each) => each.permission === permission);
  if (!found) throw new Error(`No tool ${permission}`);
  return found;
}

function problemsOf(permission: string, args: unknown): string[] {
  return messagesOf(tool(permission).parameters.safeParse(args));
}

function messagesOf(parsed: z.ZodSafeParseResult<unknown>): string[] {
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
