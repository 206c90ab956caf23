import type { WriteTool } from '@openloop/tools';
import { z } from 'zod';

import {
  assigneesField,
  bodyField,
  cardFields,
  labelsField,
  partsOf,
  titleField,
  type RepoField,
} from './fields.js';
import type { GitHubClients } from './github-clients.js';
import { lookFor, sinceWithSkew } from './look-for.js';
import { readNumbered, type ReadMade } from './made.js';
import { withMarker } from './marker.js';
import { sendOnce } from './send-once.js';

function createParameters(repo: RepoField) {
  return z.strictObject({
    repo,
    title: titleField,
    body: bodyField.optional(),
    labels: labelsField.optional(),
    assignees: assigneesField.describe('GitHub logins').optional(),
  });
}
type CreateIssue = z.output<ReturnType<typeof createParameters>>;

export function createIssueTool(github: GitHubClients, repoField: RepoField): WriteTool<CreateIssue> {
  return {
    effect: 'write',
    permission: 'github.issues:write',
    description: 'Creates a GitHub issue. Use it when someone asks to open, file or create an issue.',
    parameters: createParameters(repoField),
    describe: ({ repo, title, body, labels, assignees }) => ({
      summary: `Create issue “${title}” in ${repo}`,
      target: repo,
      fields: cardFields({
        Repository: repo,
        Title: title,
        Body: body,
        Labels: labels,
        Assignees: assignees,
      }),
      risk: 'low',
    }),
    run: ({ repo, body, ...rest }, context) =>
      sendOnce(
        github,
        {
          route: 'POST /repos/{owner}/{repo}/issues',
          parameters: { ...partsOf(repo), ...rest, body: withMarker(body, context.effectKey) },
        },
        { context, made: createdIssue(repo) },
      ),
    reconcile: ({ repo }, context) =>
      lookFor(github, context, {
        listing: (login) => ({
          route: 'GET /repos/{owner}/{repo}/issues',
          parameters: {
            ...partsOf(repo),
            ...(login === null ? {} : { creator: login }),
            state: 'all',
            since: sinceWithSkew(context).toISOString(),
            sort: 'created',
            direction: 'desc',
            per_page: 100,
          },
        }),
        made: createdIssue(repo),
      }),
  };
}

function createdIssue(repo: string): ReadMade {
  return readNumbered(repo, (name) => `created issue ${name} in ${repo}`);
}
