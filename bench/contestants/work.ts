import { functionName, type Permission } from '@openloop/kernel';
import type { ReadTool, WriteTool } from '@openloop/tools';
import { z } from 'zod';

/** The same for every contestant: what is asked, the tool that is called, and what it finds. */
export const QUESTION = 'Which issues of acme/ingestion are open? Answer in one sentence.';
export const INSTRUCTIONS = 'You help a team with its issues. Look before you answer.';
export const ANSWER =
  'Two issues of acme/ingestion are open: the flaky retry test and the slow nightly import.';
export const MODEL_ID = 'gpt-5.4-nano';
export const READ: Permission = 'bench.issues:read';
export const WRITE: Permission = 'bench.issues:write';
export const READ_NAME = functionName(READ);
export const READ_WORDS = 'Lists the open issues of a repository.';
export const readArgs = z.strictObject({ repo: z.string().describe('owner/name') });
export const FOUND = {
  issues: [
    { number: 41, title: 'Flaky retry test', labels: ['bug', 'ci'] },
    { number: 44, title: 'Nightly import takes three hours', labels: ['performance'] },
  ],
};

export const readTool: ReadTool<z.output<typeof readArgs>> = {
  effect: 'read',
  permission: READ,
  description: READ_WORDS,
  parameters: readArgs,
  describe: ({ repo }) => ({
    summary: `List the open issues of ${repo}`,
    target: repo,
    fields: [{ label: 'Repository', value: repo }],
    risk: 'low',
  }),
  run: async ({ repo }) => ({ summary: `2 open issues in ${repo}`, data: FOUND }),
};

const writeArgs = z.strictObject({ repo: z.string(), title: z.string(), body: z.string() });

/** A write that succeeds at once, and counts how often it was asked to. */
export function writeTool(sent: () => void): WriteTool<z.output<typeof writeArgs>> {
  return {
    effect: 'write',
    permission: WRITE,
    description: 'Creates an issue.',
    parameters: writeArgs,
    describe: ({ repo, title, body }) => ({
      summary: `Create issue “${title}” in ${repo}`,
      target: repo,
      fields: [
        { label: 'Repository', value: repo },
        { label: 'Title', value: title },
        { label: 'Body', value: body },
      ],
      risk: 'low',
    }),
    run: async ({ repo, title }) => {
      sent();
      return {
        kind: 'done',
        summary: `created ${repo}#45`,
        data: { number: 45, title },
        externalId: `${repo}#45`,
      };
    },
  };
}

export const PROPOSED = {
  repo: 'acme/ingestion',
  title: 'Nightly import takes three hours',
  body: 'Since 12 June the nightly import takes three hours instead of one. The retries of the fetch step take most of it.',
};
