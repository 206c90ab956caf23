import type { Tool } from '@openloop/tools';

import { commentTool } from './comment.js';
import { createIssueTool } from './create-issue.js';
import { repoField } from './fields.js';
import { GitHubClients } from './github-clients.js';
import { openPullTool } from './open-pull.js';
import type { GitHubOptions } from './options.js';
import { readIssuesTool } from './read-issues.js';
import { readPullsTool } from './read-pulls.js';

/**
 * Issues and pull requests of GitHub. Makes no request until a tool is used.
 *
 * @throws AppError `invalid` / `github.api_url` when `apiUrl` is not an http(s) address.
 */
export function githubTools(options: GitHubOptions): Tool[] {
  const github = new GitHubClients(options);
  const repo = repoField(options.allowedOwners);
  return [
    readIssuesTool(github, repo),
    createIssueTool(github, repo),
    commentTool(github, repo),
    readPullsTool(github, repo),
    openPullTool(github, repo),
  ];
}
