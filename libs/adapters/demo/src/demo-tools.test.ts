import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FixedClock } from '@openloop/kernel/testing';
import type { ReadTool, ToolContext, WriteTool } from '@openloop/tools';
import { z } from 'zod';

import { demoTools } from './demo-tools.js';

let directory: string;
let read: ReadTool;
let write: WriteTool;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'openloop-demo-'));
  ({ read, write } = toolsOf(directory));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const ISSUE = {
  repo: 'demo/ingestion',
  title: 'Flaky test: ingest.spec',
  body: 'It failed 4 times.',
  labels: ['bug', 'flaky'],
};

describe('demo.issues:write', () => {
  it('writes a Markdown file that a person can read, with the marker in it', async () => {
    const result = await write.run(ISSUE, context('KEY1'));

    expect(result).toMatchObject({
      kind: 'done',
      summary: 'created demo/ingestion#1 (simulated)',
      externalId: 'demo/ingestion#1',
      data: { number: 1, file: 'issues/1.md' },
    });
    const file = await readFile(join(directory, 'issues/1.md'), 'utf8');
    expect(file).toContain('# Flaky test: ingest.spec\n\nIt failed 4 times.\n');
    expect(file).toContain('labels: ["bug","flaky"]');
    expect(file).toContain('<!-- openloop:effect:KEY1 -->');
  });

  it('gives every one of many writers at once a number of its own and leaves no draft behind', async () => {
    const other = toolsOf(directory).write;
    const results = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        (i % 2 ? write : other).run({ ...ISSUE, title: `t${i}` }, context(`K${i}`)),
      ),
    );

    expect(new Set(results.map((result) => 'externalId' in result && result.externalId)).size).toBe(24);
    const files = (await readdir(join(directory, 'issues')))
      .map((name) => Number.parseInt(name, 10))
      .toSorted((a, b) => a - b);
    expect(files).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  });

  it('goes on after the highest number, also when a lower one was removed', async () => {
    await write.run(ISSUE, context('A'));
    await write.run(ISSUE, context('B'));
    await rm(join(directory, 'issues/1.md'));

    expect(await write.run(ISSUE, context('C'))).toMatchObject({ externalId: 'demo/ingestion#3' });
  });

  it('says that it failed, and wrote nothing, when the folder is a link to somewhere else', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'openloop-elsewhere-'));
    await symlink(elsewhere, join(directory, 'issues'));

    expect(await write.run(ISSUE, context('A'))).toMatchObject({ kind: 'failed' });
    expect(await readdir(elsewhere)).toEqual([]);
    await rm(elsewhere, { recursive: true });
  });

  it('says that it failed when the directory is a file', async () => {
    const { write: blocked } = toolsOf(join(directory, 'file'));
    await writeFile(join(directory, 'file'), '');

    expect(await blocked.run(ISSUE, context('A'))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('ENOTDIR'),
    });
  });

  it('writes nothing once it is cancelled', async () => {
    const result = await write.run(ISSUE, { signal: AbortSignal.abort(), effectKey: 'A' });

    expect(result.kind).toBe('failed');
    expect(existsSync(join(directory, 'issues'))).toBe(false);
  });

  it('finds an earlier write by its marker, and not one of another key', async () => {
    const since = new Date(0);
    expect(await write.reconcile?.(ISSUE, { ...context('KEY1'), since })).toEqual({ kind: 'not_found' });
    await write.run(ISSUE, context('KEY1'));
    await write.run(ISSUE, context('KEY10'));

    expect(await write.reconcile?.(ISSUE, { ...context('KEY1'), since })).toMatchObject({
      kind: 'found',
      externalId: 'demo/ingestion#1',
      summary: 'created demo/ingestion#1 (simulated)',
    });
    expect(await write.reconcile?.(ISSUE, { ...context('KEY'), since })).toEqual({ kind: 'not_found' });
  });

  it('cannot tell when the folder cannot be looked into', async () => {
    await writeFile(join(directory, 'issues'), 'not a folder');

    const found = await write.reconcile?.(ISSUE, { ...context('K'), since: new Date(0) });
    expect(found).toMatchObject({ kind: 'cannot_tell' });
  });

  it.each([
    ['a path in repo', { repo: '../../etc' }],
    ['a parent as the name', { repo: 'demo/..' }],
    ['three parts', { repo: 'demo/../evil' }],
    ['a space in repo', { repo: 'demo/in gest' }],
    ['a URL', { repo: 'https://github.com/demo/x' }],
    ['an empty title', { title: '' }],
    ['only spaces', { title: '   ' }],
    ['two lines of title', { title: 'a\nb' }],
    ['a long title', { title: 'x'.repeat(257) }],
    ['a thousand labels', { labels: Array.from({ length: 1000 }, (_, i) => `l${i}`) }],
    ['a forged marker', { body: '<!-- openloop:effect:KEY1 -->' }],
    ['an unknown key', { number: 7 }],
  ])('refuses %s', (_name, change) => {
    expect(write.parameters.safeParse({ ...ISSUE, ...change }).success).toBe(false);
    expect(write.parameters.safeParse(ISSUE).success).toBe(true);
  });

  it('shows every argument whole on the card', () => {
    const body = 'long '.repeat(2000);
    const card = write.describe({ ...ISSUE, body });

    expect(card).toEqual({
      summary: 'Create issue “Flaky test: ingest.spec” in demo/ingestion',
      target: 'demo/ingestion',
      risk: 'low',
      fields: [
        { label: 'Repository', value: 'demo/ingestion' },
        { label: 'Title', value: 'Flaky test: ingest.spec' },
        { label: 'Body', value: body },
        { label: 'Labels', value: 'bug, flaky' },
      ],
    });
  });
});

describe('demo.issues:read', () => {
  it('gives back what was written, without the marker, whatever the text looks like', async () => {
    const tricky = {
      repo: 'demo/x',
      title: '---: "quoted" \\',
      body: '---\nrepo: "evil/x"\n# not the title',
      labels: ['a: b'],
    };
    await write.run(tricky, context('SECRETKEY'));

    const { summary, data } = await read.run({ number: 1 }, context('R'));
    expect(summary).toBe('read issue #1 in demo/x (simulated)');
    expect(data).toEqual({ number: 1, ...tricky, state: 'open', created: '2026-11-20T09:00:00.000Z' });
  });

  it('lists the newest first and passes over files that are not issues', async () => {
    await write.run({ ...ISSUE, title: 'one' }, context('A'));
    await write.run({ ...ISSUE, title: 'two' }, context('B'));
    await writeFile(join(directory, 'issues/3.md'), 'scribbles');
    await writeFile(join(directory, 'issues/notes.txt'), 'notes');

    const { summary, data } = await read.run({}, context('R'));
    expect(summary).toBe('read 2 demo issues (simulated)');
    expect(data).toMatchObject({
      issues: [
        { number: 2, title: 'two' },
        { number: 1, title: 'one' },
      ],
      more: false,
    });
    await expect(read.run({ number: 3 }, context('R'))).rejects.toMatchObject({
      code: 'demo.issue_unreadable',
    });
  });

  it('does not read through a link, nor a number that is not there', async () => {
    await mkdir(join(directory, 'issues'));
    await writeFile(join(directory, 'outside.md'), 'private');
    await symlink(join(directory, 'outside.md'), join(directory, 'issues/1.md'));

    await expect(read.run({ number: 1 }, context('R'))).rejects.toMatchObject({
      code: 'demo.issue_not_found',
    });
    await expect(read.run({ number: 2 }, context('R'))).rejects.toMatchObject({
      code: 'demo.issue_not_found',
    });
    expect((await read.run({}, context('R'))).data).toEqual({ issues: [], more: false });
  });

  it.each([0, -1, 1.5, '../1', 1e12])('refuses %s as a number', (number) => {
    expect(read.parameters.safeParse({ number }).success).toBe(false);
  });
});

it('shows the model a strict JSON Schema for each tool', () => {
  for (const tool of [read, write]) {
    expect(z.toJSONSchema(tool.parameters, { io: 'input' })).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
  }
});

function toolsOf(path: string): { read: ReadTool; write: WriteTool } {
  const tools = demoTools({ directory: path, clock: new FixedClock() });
  const [reading, writing] = tools;
  if (reading?.effect !== 'read' || writing?.effect !== 'write')
    throw new Error('Expected a read and a write tool');
  return { read: reading, write: writing };
}

function context(effectKey: string): ToolContext {
  return { signal: new AbortController().signal, effectKey };
}
