import { AppError } from '@openloop/kernel';

/** A right that the app asks for, why, and what is missing where it was not given. */
export interface SlackScope {
  name: string;
  why: string;
  /** `null`: nothing works without it, so that the smallest manifest has it too. */
  lost: string | null;
}

/** Everything that is asked for. The table in docs/slack.md and what `openloop doctor slack` compares come from here. */
export const SLACK_SCOPES: readonly SlackScope[] = [
  { name: 'app_mentions:read', why: 'hear that somebody mentions the agent', lost: null },
  { name: 'assistant:write', why: 'show in a thread that the agent works or waits', lost: null },
  {
    name: 'channels:history',
    why: 'read threads in public channels that the bot was invited to',
    lost: null,
  },
  { name: 'channels:read', why: 'find a public channel by its name', lost: null },
  { name: 'chat:write', why: 'answer, and post and update the approval cards', lost: null },
  { name: 'groups:history', why: 'the same in private channels that it was invited to', lost: null },
  { name: 'groups:read', why: 'find such a private channel by its name', lost: null },
  { name: 'im:history', why: 'read what is said to it in a direct message', lost: null },
  { name: 'im:read', why: 'know a direct message as one', lost: null },
  { name: 'im:write', why: 'tell one person what must not be said in the channel', lost: null },
  { name: 'mpim:history', why: 'read threads in group messages that it was added to', lost: null },
  { name: 'mpim:read', why: 'know a group message as one', lost: null },
  {
    name: 'reactions:read',
    why: 'be muted in a thread by 🔇 on one of its messages',
    lost: 'nobody can mute an agent with 🔇; saying it still works',
  },
  {
    name: 'reactions:write',
    why: 'show 👀 and 🤐 where Slack has no better sign',
    lost: 'no 👀 while it works, no 🤐 when it is muted',
  },
  {
    name: 'usergroups:read',
    why: 'know who is in @maintainers when that group approves',
    lost: 'a user group cannot be an approver; name people instead',
  },
  { name: 'users:read', why: 'names, and who is a guest, a bot or gone', lost: null },
];

/** What Slack tells the app. `needs` is the scope without which it may not be asked for. */
const EVENTS: readonly { name: string; needs: string }[] = [
  { name: 'app_mention', needs: 'app_mentions:read' },
  { name: 'message.channels', needs: 'channels:history' },
  { name: 'message.groups', needs: 'groups:history' },
  { name: 'message.im', needs: 'im:history' },
  { name: 'message.mpim', needs: 'mpim:history' },
  { name: 'reaction_added', needs: 'reactions:read' },
  { name: 'reaction_removed', needs: 'reactions:read' },
  { name: 'subteam_members_changed', needs: 'usergroups:read' },
  { name: 'subteam_updated', needs: 'usergroups:read' },
  { name: 'agent_session_stopped', needs: 'assistant:write' },
];

export interface ManifestOptions {
  /** How the app is called in Slack. */
  name?: string;
  /** The server's public address: Slack sends there. Absent: Socket Mode, which needs none. */
  http?: string;
  /** Only the scopes without which nothing works. */
  minimal?: boolean;
}

export const SLACK_EVENTS_PATH = '/slack/events';

const DESCRIPTION = 'Your team agent: asks before it acts, stays in budget, keeps an audit trail.';
const AGENT_DESCRIPTION =
  'A self-hosted team agent. It works in your channels with the tools and budget your admins allowed, ' +
  'and asks a person before anything risky.';

/**
 * The app manifest, as Slack takes it at https://api.slack.com/apps. Only what this version answers to is in it: a
 * command or a tab that nobody serves would be a broken promise in every channel.
 *
 * @throws AppError `slack.manifest` when the name or the address cannot be used
 */
export function slackManifest({ name = 'OpenLoop', http, minimal = false }: ManifestOptions = {}) {
  const scopes = SLACK_SCOPES.filter(({ lost }) => !minimal || lost === null).map((scope) => scope.name);
  const events = EVENTS.filter(({ needs }) => scopes.includes(needs)).map((event) => event.name);
  const place = http === undefined ? {} : { request_url: requestUrl(http) };
  return {
    _metadata: { major_version: 2 },
    display_information: {
      name: checkedName(name),
      description: DESCRIPTION,
      background_color: '#1f2937',
    },
    features: {
      bot_user: { display_name: handleOf(name), always_online: true },
      app_home: {
        home_tab_enabled: false,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: false,
      },
      agent_view: { agent_description: AGENT_DESCRIPTION },
    },
    oauth_config: { scopes: { bot: scopes } },
    settings: {
      event_subscriptions: { ...place, bot_events: events },
      interactivity: { is_enabled: true, ...place },
      org_deploy_enabled: false,
      socket_mode_enabled: http === undefined,
      token_rotation_enabled: false,
    },
  };
}

/** What does not work in an app that was made with the smallest manifest. */
export function lostWhenMinimal(): string[] {
  return SLACK_SCOPES.flatMap(({ name, lost }) => (lost === null ? [] : [`${name}: ${lost}`]));
}

/** Opens Slack's own page with the manifest filled in. */
export function newAppLink(options: ManifestOptions = {}): string {
  const json = JSON.stringify(slackManifest(options));
  return `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(json)}`;
}

const LONGEST_NAME = 35;

function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed.length >= 1 && trimmed.length <= LONGEST_NAME && handleOf(name) !== '') return trimmed;
  throw new AppError('invalid', 'slack.manifest', `An app's name has 1 to ${LONGEST_NAME} characters`, {
    hint: 'Choose a shorter name with at least one letter or digit in it',
  });
}

/** What people type behind the @: `Acme Agent` → `acme-agent`. */
function handleOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

function requestUrl(http: string): string {
  const url = URL.parse(http);
  if (url?.protocol !== 'https:' || url.search || url.hash || url.username || url.password) {
    throw new AppError('invalid', 'slack.manifest', 'Slack sends only to an https:// address', {
      hint: 'It looks like https://agents.example.com; without a public address leave it out and use Socket Mode',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${SLACK_EVENTS_PATH}`;
}
