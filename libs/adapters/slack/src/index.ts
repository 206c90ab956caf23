export {
  checkAppToken,
  checkBotToken,
  signingSecretCheck,
  slackChecks,
  type SlackConnection,
} from './checks.js';
export {
  lostWhenMinimal,
  newAppLink,
  SLACK_SCOPES,
  slackManifest,
  type ManifestOptions,
} from './manifest.js';
export type { SlackLog, SlackMode, SlackOptions, SlackTimings } from './options.js';
export { slackSurface, type ConnectedSurface, type HttpListener } from './slack-surface.js';
