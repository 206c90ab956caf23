import type { SlackBot, SlackTeam } from './slack-workspace.js';

export interface SlackSimulatorOptions {
  team?: Partial<SlackTeam>;
  bot?: Partial<SlackBot>;
  botToken?: string;
  appToken?: string;
  configToken?: string;
  signingSecret?: string;
  /** What our bot has been granted; everything a full installation asks for by default. */
  scopes?: readonly string[];
  /** Events the app is told of, as a manifest names them; all of a full installation by default. */
  subscriptions?: readonly string[];
  now?: () => Date;
  /** How long the app may take to ack; 3000 by default. */
  ackWithinMs?: number;
  /** Milliseconds before each retry of an event; at once, one minute, five minutes by default. */
  retryDelaysMs?: readonly number[];
  /** What becomes of events while the app has no socket open; `queue` by default. They come as retries then. */
  whileClosed?: 'queue' | 'lose';
  /** Milliseconds between the pings of a socket; 10 000 by default. */
  pingMs?: number;
  /** Whether the app is told of its own messages too, as Slack does; true by default. */
  echo?: boolean;
}

export type SlackSettings = Required<Omit<SlackSimulatorOptions, 'team' | 'bot'>> & {
  team: SlackTeam;
  bot: SlackBot;
};

const SCOPES = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'reactions:read',
  'reactions:write',
  'usergroups:read',
  'users:read',
];

const SUBSCRIPTIONS = [
  'app_mention',
  'message.channels',
  'message.groups',
  'message.im',
  'message.mpim',
  'app_home_opened',
  'agent_session_stopped',
  'member_joined_channel',
  'subteam_members_changed',
  'reaction_added',
];

const MINUTE = 60_000;

export function settingsOf({ team, bot, ...options }: SlackSimulatorOptions): SlackSettings {
  return {
    botToken: 'xoxb-simulator',
    appToken: 'xapp-simulator',
    configToken: 'xoxe.xoxp-simulator',
    signingSecret: 'signing-secret-of-the-simulator',
    scopes: SCOPES,
    subscriptions: SUBSCRIPTIONS,
    now: () => new Date(),
    ackWithinMs: 3000,
    retryDelaysMs: [0, MINUTE, 5 * MINUTE],
    whileClosed: 'queue',
    pingMs: 10_000,
    echo: true,
    ...options,
    team: { id: 'T0ACME', name: 'Acme', domain: 'acme', ...team },
    bot: { userId: 'U0BOT', botId: 'B0BOT', name: 'openloop', appId: 'A0OPENLOOP', ...bot },
  };
}
