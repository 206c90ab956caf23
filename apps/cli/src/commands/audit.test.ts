import { afterEach, describe, expect, it } from '@jest/globals';
import type { AuditLink } from '@openloop/api-contract';
import { exampleAuditEntry } from '@openloop/api-contract/testing';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCli } from '../testing/run-cli.js';
import { Stage } from '../testing/servers.js';

const stage = new Stage();

afterEach(() => stage.clear());

describe('audit verify', () => {
  it('tells that the chain is intact, exit 0, or where it breaks, exit 1', async () => {
    const facts = { checked: 4, from: 1, to: 4, head: 'a'.repeat(64) };
    const broken = {
      seq: 5,
      at: '2026-03-09T11:02:17.000Z',
      why: 'its content was changed',
      expected: 'b'.repeat(64),
      found: 'c'.repeat(64),
    };
    const good = await stage.serve({ 'audit.verify': () => ({ ok: true, ...facts }) });
    const bad = await stage.serve({ 'audit.verify': () => ({ ok: false, ...facts, break: broken }) });

    expect(await runCli(['audit', 'verify'], { env: good.env })).toMatchObject({
      exitCode: 0,
      stdout: '✓ 4 entries, seq 1…4, chain intact      head aaaa…aaaa\n',
    });
    expect(await runCli(['audit', 'verify'], { env: bad.env })).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining(
        'chain breaks at seq 5 (2026-03-09T11:02:17.000Z): its content was changed\n    expected bbbb…bbbb',
      ),
    });
  });
});

describe('audit verify --file', () => {
  it('accepts an intact export, a part of one, and one without entries, all without a server', async () => {
    expect(await verify(chainOf(5))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('5 entries, seq 1…5'),
    });
    expect(await verify(chainOf(5).slice(2))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('3 entries, seq 3…5'),
    });
    expect(await verify([])).toMatchObject({ exitCode: 0 });
  });

  it('finds any flipped byte of any line', async () => {
    const text = lines(chainOf(3));
    const [start, end] = [text.indexOf('\n') + 1, text.lastIndexOf('\n', text.length - 2)];
    for (let i = start; i < end; i += 7) {
      const flipped = text.slice(0, i) + (text[i] === '1' ? '2' : '1') + text.slice(i + 1);
      const { exitCode } = await verifyText(flipped);
      expect({ i, exitCode }).toEqual({ i, exitCode: 1 });
    }
  });

  it.each([
    ['a changed body', (chain: AuditLink[]) => replaced(chain, 2, { body: '{"name":"forged"}' }), 3],
    ['a line with a fitting hash', (chain: AuditLink[]) => rewritten(chain, 2), 4],
    ['a missing line', (chain: AuditLink[]) => chain.filter((_, i) => i !== 2), 4],
    ['lines in another order', (chain: AuditLink[]) => [chain[0]!, chain[2]!, chain[1]!, chain[3]!], 3],
    ['another beginning', (chain: AuditLink[]) => replaced(chain, 0, { prev: 'f'.repeat(64) }), 1],
  ])('finds %s and says where', async (_, tamper, seq) => {
    const { exitCode, stdout } = await verify(tamper(chainOf(4)));

    expect(exitCode).toBe(1);
    expect(stdout).toContain(`chain breaks at seq ${seq} `);
  });

  it('finds what is no export', async () => {
    expect(await verifyText('{"a":1}\n')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('line 1 is not a line of an export'),
    });
    expect(
      await runCli(['audit', 'verify', '--file', 'none.jsonl'], { cwd: await stage.folder({}) }),
    ).toMatchObject({ exitCode: 2 });
  });
});

describe('audit list and export', () => {
  it('lists who did what and passes every filter on', async () => {
    const { env, server } = await stage.serve({
      'audit.list': () => ({ data: [exampleAuditEntry()], has_more: true }),
    });

    const { stdout, stderr } = await runCli(
      [
        'audit',
        'list',
        '--actor',
        '@max',
        '--name',
        'approval.decided',
        '--since',
        '2026-11-01',
        '--after',
        '3',
        '--run',
        'run_1',
      ],
      { env },
    );

    expect(stdout).toMatch(
      /^ +7 +2026-11-20 14:02:11 +@max +approval\.decided +approvalId=\S+ verdict=approved via=web$/m,
    );
    expect(stderr).toContain('--before 7');
    expect(server.callsOf('audit.list')[0]?.query).toEqual({
      actor: '@max',
      name: 'approval.decided',
      since: new Date('2026-11-01'),
      after: 3,
      run: 'run_1',
      limit: 50,
      order: 'desc',
    });
  });

  it('names what it looked for when there is nothing, and the @ that a person has', async () => {
    const { env } = await stage.serve({ 'audit.list': () => ({ data: [], has_more: false }) });
    const list = async (...filters: string[]) =>
      (await runCli(['audit', 'list', ...filters], { env })).stderr;

    expect(await list()).toBe('No entries.\n');
    expect(await list('--actor', 'priya', '--after', '3')).toBe(
      'No entries with --after 3 --actor priya. A person is named with @: --actor @priya\n',
    );
    expect(await list('--actor', '@priya')).toBe('No entries with --actor @priya.\n');
  });

  it('exports to a file that verifies', async () => {
    const { env } = await stage.serve({ 'audit.export': () => lines(chainOf(3)) });
    const cwd = await stage.folder({});

    expect(await runCli(['audit', 'export', '--out', 'march.jsonl'], { env, cwd })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect(await readFile(join(cwd, 'march.jsonl'), 'utf8')).toBe(lines(chainOf(3)));
    expect(await runCli(['audit', 'verify', '--file', 'march.jsonl'], { cwd })).toMatchObject({
      exitCode: 0,
    });
  });
});

describe('--out', () => {
  it.each([
    ['none/x.jsonl', 'Cannot write none/x.jsonl: there is no such folder'],
    ['.', 'Cannot write .: it is a folder'],
  ])('that cannot be written (%s) is told with what to do, and exit 2', async (out, words) => {
    const { env } = await stage.serve({ 'audit.export': () => lines(chainOf(1)) });
    const cwd = await stage.folder({});

    for (const command of [
      ['audit', 'export'],
      ['agents', 'schema'],
    ]) {
      const { exitCode, stderr } = await runCli([...command, '--out', out], { env, cwd });

      expect(exitCode).toBe(2);
      expect(stderr).toContain(words);
      expect(stderr).toContain('hint: name a file in a folder that is there');
    }
  });
});

function verify(chain: AuditLink[]) {
  return verifyText(lines(chain));
}

async function verifyText(text: string) {
  const cwd = await stage.folder({ 'export.jsonl': text });
  return runCli(['audit', 'verify', '--file', 'export.jsonl'], { cwd });
}

function lines(chain: AuditLink[]): string {
  return chain.map((link) => `${JSON.stringify(link)}\n`).join('');
}

function chainOf(length: number): AuditLink[] {
  const chain: AuditLink[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const prev = chain.at(-1)?.hash ?? '0'.repeat(64);
    chain.push(
      linked({ seq, at: `2026-11-20T09:00:0${seq}.000Z`, body: `{"name":"n${seq}","text":"é🙂"}`, prev }),
    );
  }
  return chain;
}

function linked(link: Omit<AuditLink, 'hash'>): AuditLink {
  const { prev, seq, at, body } = link;
  return { ...link, hash: createHash('sha256').update([prev, seq, at, body].join('\n')).digest('hex') };
}

function replaced(chain: AuditLink[], index: number, change: Partial<AuditLink>): AuditLink[] {
  return chain.map((link, i) => (i === index ? { ...link, ...change } : link));
}

function rewritten(chain: AuditLink[], index: number): AuditLink[] {
  return chain.map((link, i) => (i === index ? linked({ ...link, body: '{"name":"forged"}' }) : link));
}
