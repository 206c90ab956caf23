import type { WriteTool } from '@openloop/tools';
import { z } from 'zod';

import { bodyField, branchField, cardFields, partsOf, titleField, type RepoField } from './fields.js';
import type { GitHubClients } from './github-clients.js';
import { lookFor } from './look-for.js';
import { readNumbered, type ReadMade } from './made.js';
import { MARKER_START, withMarker } from './marker.js';
import { sendOnce } from './send-once.js';

function openParameters(repo: RepoField) {
  return z
    .strictObject({
      repo,
      head: branchField.describe('The branch with the change; user:branch when it is in a fork'),
      base: branchField.describe('The branch to change').default('main'),
      title: titleField,
      body: bodyField.optional(),
      draft: z.boolean().default(true),
    })
    .refine(({ head, base }) => head !== base, { error: 'head and base must be two branches' });
}
type OpenPull = z.output<ReturnType<typeof openParameters>>;

export function openPullTool(github: GitHubClients, repoField: RepoField): WriteTool<OpenPull> {
  return {
    effect: 'write',
    permission: 'github.pulls:write',
    description:
      'Opens a GitHub pull request from a branch that is already pushed, as a draft unless told otherwise.',
    parameters: openParameters(repoField),
    describe: ({ repo, head, base, title, body, draft }) => ({
      summary: `Open ${draft ? 'draft PR' : 'PR'} “${title}” in ${repo}`,
      target: repo,
      fields: cardFields({
        Repository: repo,
        From: head,
        Into: base,
        Title: title,
        Body: body,
        Draft: draft ? 'yes' : 'no',
      }),
      risk: 'medium',
      riskReason: 'proposes a change to the code',
    }),
    run: ({ repo, body, ...rest }, context) =>
      sendOnce(
        github,
        {
          route: 'POST /repos/{owner}/{repo}/pulls',
          parameters: { ...partsOf(repo), ...rest, body: withMarker(body, context.effectKey) },
        },
        { context, made: openedPull(repo) },
      ),
    reconcile: ({ repo, head, base, title }, context) =>
      lookFor(github, context, {
        listing: () => ({
          route: 'GET /repos/{owner}/{repo}/pulls',
          parameters: {
            ...partsOf(repo),
            head: head.includes(':') ? head : `${partsOf(repo).owner}:${head}`,
            base,
            state: 'all',
            sort: 'created',
            direction: 'desc',
            per_page: 100,
          },
        }),
        made: openedPull(repo),
        // GitHub allows one open PR per head and base. With another effect's marker it is that effect's.
        isOursToo: ({ state, body, title: shown }) =>
          state === 'open' && shown === title && !body?.includes(MARKER_START),
      }),
  };
}

function openedPull(repo: string): ReadMade {
  return readNumbered(repo, (name) => `opened PR ${name} in ${repo}`);
}
