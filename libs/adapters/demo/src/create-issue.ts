import type { Clock } from '@openloop/kernel';
import type { CardField, Reconciliation, ToolContext, WriteResult, WriteTool } from '@openloop/tools';
import { z } from 'zod';

import { parseIssue, writeIssue } from './issue-file.js';
import { reasonOf, wroteNothing, type IssueFolder } from './issue-folder.js';
import { MARKER_START, markerOf } from './marker.js';

const notMarked = (text: string): boolean => !text.includes(MARKER_START);
const MARKED = { error: `must not contain "${MARKER_START}"` };

const parameters = z.strictObject({
  repo: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, {
      error: 'repo must be owner/name, such as demo/ingestion',
    })
    .describe('owner/name, such as demo/ingestion'),
  title: z
    .string()
    .regex(/^(?=.*\S)[^\p{Cc}\u2028\u2029]{1,256}$/u, {
      error: 'title must be one line of 1 to 256 characters',
    })
    .refine(notMarked, MARKED),
  body: z.string().max(65_000).refine(notMarked, MARKED).describe('Markdown').optional(),
  labels: z
    .array(
      z.string().regex(/^(?=.*\S)[^\p{Cc}\u2028\u2029,]{1,50}$/u, {
        error: 'a label is 1 to 50 characters without a comma',
      }),
    )
    .max(20)
    .optional(),
});

type CreateIssue = z.output<typeof parameters>;

export function createIssueTool(folder: IssueFolder, clock: Clock): WriteTool<CreateIssue> {
  return {
    effect: 'write',
    permission: 'demo.issues:write',
    description:
      'Creates an issue in the demo tracker. Use it when someone asks to open, file or create an issue.',
    parameters,
    describe: (args) => ({
      summary: `Create issue “${args.title}” in ${args.repo}`,
      target: args.repo,
      fields: fieldsOf(args),
      risk: 'low',
    }),
    run: (args, context) => create(args, context, { folder, clock }),
    reconcile: (_args, context) => lookFor(context.effectKey, folder),
  };
}

async function create(
  { repo, title, body = '', labels = [] }: CreateIssue,
  { signal, effectKey }: ToolContext,
  { folder, clock }: { folder: IssueFolder; clock: Clock },
): Promise<WriteResult> {
  if (signal.aborted) return { kind: 'failed', reason: 'It was cancelled before it was written' };
  const issue = { repo, title, labels, state: 'open' as const, created: clock.now().toISOString(), body };
  let number: number;
  try {
    number = await folder.add(writeIssue(issue, markerOf(effectKey)));
  } catch (error) {
    const reason = `The demo folder could not be written: ${reasonOf(error)}`;
    return { kind: wroteNothing(error) ? 'failed' : 'unknown', reason };
  }
  try {
    await folder.flush();
  } catch (error) {
    return { kind: 'unknown', reason: `${repo}#${number} may not survive a power cut: ${reasonOf(error)}` };
  }
  return { kind: 'done', ...created(number, { repo, title }) };
}

async function lookFor(effectKey: string, folder: IssueFolder): Promise<Reconciliation> {
  const marker = markerOf(effectKey);
  try {
    for (const number of (await folder.numbers()).toReversed()) {
      const text = await folder.read(number);
      if (!text?.includes(marker)) continue;
      const { repo, title } = parseIssue(text) ?? { repo: 'demo', title: '' };
      return { kind: 'found', ...created(number, { repo, title }) };
    }
    return { kind: 'not_found' };
  } catch (error) {
    return { kind: 'cannot_tell', reason: `The demo folder could not be read: ${reasonOf(error)}` };
  }
}

function created(number: number, { repo, title }: { repo: string; title: string }) {
  const externalId = `${repo}#${number}`;
  return {
    summary: `created ${externalId} (simulated)`,
    data: { number, repo, title, file: `issues/${number}.md`, simulated: true },
    externalId,
  };
}

function fieldsOf({ repo, title, body, labels }: CreateIssue): CardField[] {
  const fields = [
    { label: 'Repository', value: repo },
    { label: 'Title', value: title },
  ];
  if (body !== undefined) fields.push({ label: 'Body', value: body });
  if (labels !== undefined) fields.push({ label: 'Labels', value: labels.join(', ') });
  return fields;
}
