import { AppError } from '@openloop/kernel';
import type { ReadResult, ReadTool } from '@openloop/tools';
import { z } from 'zod';

import { parseIssue, type IssueText } from './issue-file.js';
import type { IssueFolder } from './issue-folder.js';

const MOST_LISTED = 50;

const parameters = z.strictObject({
  number: z
    .int()
    .positive({ error: 'number must be 1 or more' })
    .max(999_999_999)
    .describe('Which issue to read whole; leave out to list the newest')
    .optional(),
});

type ReadIssues = z.output<typeof parameters>;

export function readIssuesTool(folder: IssueFolder): ReadTool<ReadIssues> {
  return {
    effect: 'read',
    permission: 'demo.issues:read',
    description:
      'Reads one issue of the demo tracker by number, or lists the newest issues when number is left out.',
    parameters,
    describe: ({ number }) => ({
      summary: number === undefined ? 'List demo issues' : `Read demo issue #${number}`,
      target: 'demo',
      fields: number === undefined ? [] : [{ label: 'Number', value: String(number) }],
      risk: 'low',
    }),
    run: ({ number }) => (number === undefined ? list(folder) : readOne(number, folder)),
  };
}

async function readOne(number: number, folder: IssueFolder): Promise<ReadResult> {
  const text = await folder.read(number);
  if (text === null)
    throw new AppError('not_found', 'demo.issue_not_found', `There is no demo issue #${number}`);
  const issue = parseIssue(text);
  if (!issue) {
    throw new AppError('invalid', 'demo.issue_unreadable', `issues/${number}.md no longer reads as an issue`);
  }
  return { summary: `read issue #${number} in ${issue.repo} (simulated)`, data: { number, ...issue } };
}

async function list(folder: IssueFolder): Promise<ReadResult> {
  const numbers = (await folder.numbers()).toReversed();
  const issues: ({ number: number } & Omit<IssueText, 'body'>)[] = [];
  for (const number of numbers.slice(0, MOST_LISTED)) {
    const issue = parseIssue((await folder.read(number)) ?? '');
    if (!issue) continue;
    const { body: _body, ...shown } = issue;
    issues.push({ number, ...shown });
  }
  const summary = `read ${issues.length} demo ${issues.length === 1 ? 'issue' : 'issues'} (simulated)`;
  return { summary, data: { issues, more: numbers.length > MOST_LISTED } };
}
