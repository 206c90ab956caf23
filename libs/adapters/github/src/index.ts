export { githubTools } from './github-tools.js';
export type { GitHubApp, GitHubOptions, GitHubTimings } from './options.js';
