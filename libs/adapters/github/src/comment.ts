import type { WriteTool } from '@openloop/tools';
import { z } from 'zod';

import { bodyField, cardFields, numberField, partsOf, type RepoField } from './fields.js';
import type { GitHubClients } from './github-clients.js';
import { lookFor, sinceWithSkew } from './look-for.js';
import { webUrl, type ReadMade } from './made.js';
import { withMarker } from './marker.js';
import { sendOnce } from './send-once.js';

const ROUTE = '/repos/{owner}/{repo}/issues/{number}/comments';

const commentSchema = z.object({
  id: z.union([z.int().positive(), z.bigint()]),
  html_url: webUrl,
});

function commentParameters(repo: RepoField) {
  return z.strictObject({
    repo,
    number: numberField.describe('The issue or pull request to comment on'),
    body: bodyField.refine((body) => body.trim() !== '', { error: 'body must say something' }),
  });
}
type Comment = z.output<ReturnType<typeof commentParameters>>;

export function commentTool(github: GitHubClients, repoField: RepoField): WriteTool<Comment> {
  return {
    effect: 'write',
    permission: 'github.issues:comment',
    description: 'Adds a comment to a GitHub issue or pull request. Everyone who follows it is notified.',
    parameters: commentParameters(repoField),
    describe: ({ repo, number, body }) => ({
      summary: `Comment on #${number} in ${repo}`,
      target: repo,
      fields: cardFields({ Repository: repo, Number: number, Body: body }),
      risk: 'low',
    }),
    run: ({ repo, number, body }, context) =>
      sendOnce(
        github,
        {
          route: `POST ${ROUTE}`,
          parameters: { ...partsOf(repo), number, body: withMarker(body, context.effectKey) },
        },
        { context, made: madeComment({ repo, number }) },
      ),
    reconcile: ({ repo, number }, context) =>
      lookFor(github, context, {
        listing: () => ({
          route: `GET ${ROUTE}`,
          parameters: {
            ...partsOf(repo),
            number,
            since: sinceWithSkew(context).toISOString(),
            per_page: 100,
          },
        }),
        made: madeComment({ repo, number }),
      }),
  };
}

function madeComment({ repo, number }: Pick<Comment, 'repo' | 'number'>): ReadMade {
  return (answer) => {
    const parsed = commentSchema.safeParse(answer);
    if (!parsed.success) return null;
    const { id, html_url: url } = parsed.data;
    return {
      summary: `commented on #${number} in ${repo}`,
      data: { number, repo, url },
      externalId: `${repo}#${number}#issuecomment-${id}`,
      url,
    };
  };
}
