import { AppError, type Secret } from '@openloop/kernel';
import { failed, warned, well, type Check, type Found } from '@openloop/surfaces';

import { askSlack, type Asked, type SlackPlace } from './ask-slack.js';
import { channelChecks } from './check-channels.js';
import { attempt, ended } from './check-words.js';
import { SLACK_SCOPES } from './manifest.js';
import type { SlackOptions } from './options.js';
import { SlackPeople } from './people/slack-people.js';
import { SlackWeb } from './web/slack-web.js';

export type SlackConnection = Pick<SlackOptions, 'botToken' | 'mode' | 'apiUrl'>;

export interface SlackExpectations {
  /** `#dev-platform` or an id, as the agents' files name them. */
  channels: readonly string[];
  /** Handles that are to be found among Slack's people. */
  approvers?: readonly string[];
  /** Who knows them already; otherwise Slack is asked. */
  find?: (handle: string) => Promise<Found>;
  signal?: AbortSignal;
}

/** Everything that can be known of an app from its tokens. Reads only; never throws for what is wrong over there. */
export async function slackChecks(
  connection: SlackConnection,
  { channels, approvers = [], find = finderOf(connection), signal }: SlackExpectations,
): Promise<Check[]> {
  const place = placeOf(connection, connection.botToken, signal);
  const [bot, receiving] = await Promise.all([checkBotToken(place), receivingChecks(connection, signal)]);
  if (!bot.isValid) return [...bot.checks, ...receiving.checks];
  const [sameApp, bound, people] = await Promise.all([
    sameAppCheck(place, bot.botId, receiving.appId),
    channelChecks(place, channels, bot.user),
    approverChecks(approvers, find),
  ]);
  return [...bot.checks, ...receiving.checks, ...sameApp, ...bound, ...people];
}

export interface BotTokenChecked {
  isValid: boolean;
  botId: string | null;
  team: string | null;
  /** The bot’s name behind the @. */
  user: string;
  checks: Check[];
}

const NEW_BOT_TOKEN =
  'Copy the “Bot User OAuth Token” (xoxb-…) from https://api.slack.com/apps → your app → OAuth & Permissions: `openloop slack setup`';

/** Whose token it is, what it may do, and whether the clocks agree. */
export async function checkBotToken(place: SlackPlace): Promise<BotTokenChecked> {
  const invalid = (checks: Check[]): BotTokenChecked => {
    return { isValid: false, botId: null, team: null, user: '', checks };
  };
  const asked = await attempt('bot token', () => askSlack(place, 'auth.test'));
  if ('check' in asked) return invalid([asked.check]);
  const { answer } = asked;
  if (!answer.ok) return invalid([failed('bot token', tokenWords(answer), NEW_BOT_TOKEN)]);
  const { team, team_id: teamId, user, bot_id: botId } = answer.body;
  if (typeof botId !== 'string') {
    return invalid([
      failed('bot token', `${ended(place.token)} is a person’s token, not a bot’s`, NEW_BOT_TOKEN),
    ]);
  }
  const words = `${ended(place.token)} → team ${String(team)} (${String(teamId)}), bot @${String(user)}`;
  return {
    isValid: true,
    botId,
    team: String(team),
    user: String(user),
    checks: [well('bot token', words), ...scopeChecks(answer), ...clockChecks(answer)],
  };
}

export interface AppTokenChecked {
  isValid: boolean;
  /** Out of the token itself: `xapp-1-A0…-…`. */
  appId: string | null;
  checks: Check[];
}

const NEW_APP_TOKEN =
  'At https://api.slack.com/apps → your app → Basic Information → App-Level Tokens make one with connections:write: `openloop slack setup`';

/** Whether Slack would open a socket for it. The socket itself is not opened: it would take events from the server. */
export async function checkAppToken(place: SlackPlace): Promise<AppTokenChecked> {
  const appId = /^xapp-\d+-([A-Z0-9]+)-/.exec(place.token.reveal())?.[1] ?? null;
  const asked = await attempt('app token', () => askSlack(place, 'apps.connections.open'));
  if ('check' in asked) return { isValid: false, appId, checks: [asked.check] };
  const { answer } = asked;
  if (answer.ok) {
    const words = `${ended(place.token)} has connections:write; Slack offered a socket in ${answer.tookMs} ms`;
    return { isValid: true, appId, checks: [well('app token', words)] };
  }
  return { isValid: false, appId, checks: [failed('app token', tokenWords(answer), NEW_APP_TOKEN)] };
}

async function receivingChecks(
  connection: SlackConnection,
  signal: AbortSignal | undefined,
): Promise<Pick<AppTokenChecked, 'appId' | 'checks'>> {
  const { mode } = connection;
  if (mode.kind === 'socket') return checkAppToken(placeOf(connection, mode.appToken, signal));
  return { appId: null, checks: [signingSecretCheck(mode.signingSecret)] };
}

/** Nothing but a delivery proves it; but what is not 32 hex digits is something else. */
export function signingSecretCheck(secret: Secret): Check {
  if (/^[0-9a-f]{32}$/.test(secret.reveal())) {
    return well('signing secret', 'set; `openloop slack test` shows whether Slack’s deliveries pass it');
  }
  return warned(
    'signing secret',
    'does not look like one: it has 32 digits and letters a–f',
    'Copy it from https://api.slack.com/apps → your app → Basic Information → Signing Secret',
  );
}

function placeOf({ apiUrl }: SlackConnection, token: Secret, signal: AbortSignal | undefined): SlackPlace {
  return { token, ...(apiUrl !== undefined && { apiUrl }), ...(signal && { signal }) };
}

function tokenWords({ error }: Asked): string {
  const known: Readonly<Record<string, string>> = {
    invalid_auth: 'Slack does not know this token',
    not_authed: 'Slack does not know this token',
    account_inactive: 'the app was removed from the workspace, or its bot was deactivated',
    token_revoked: 'this token was revoked',
    token_expired: 'this token has expired; token rotation is not supported',
    not_allowed_token_type: 'this is another kind of token',
    missing_scope: 'this token lacks connections:write',
    ratelimited: 'Slack asks to wait; look again in a minute',
  };
  return known[error ?? ''] ?? `Slack answered ${error}`;
}

function scopeChecks({ scopes }: Asked): Check[] {
  if (scopes === null) return [];
  const missing = SLACK_SCOPES.filter(({ name }) => !scopes.includes(name));
  const needed = missing.filter(({ lost }) => lost === null).map(({ name }) => name);
  const fix =
    'Paste the manifest of `openloop slack manifest` at https://api.slack.com/apps → your app → App Manifest, then “Reinstall to Workspace”';
  if (needed.length > 0) return [failed('scopes', `missing: ${needed.join(', ')}`, fix)];
  const lost = missing.map((scope) => `${scope.name} (${scope.lost})`);
  if (lost.length > 0) return [warned('scopes', `without ${lost.join('; ')}`, fix)];
  return [well('scopes', `all ${SLACK_SCOPES.length} given`)];
}

const SKEW_NOTICED_MS = 30_000;
/** Slack signs the time of a delivery, and 300 s are allowed. */
const SKEW_REFUSED_MS = 240_000;

function clockChecks({ skewMs }: Asked): Check[] {
  if (skewMs === null) return [];
  const off = Math.abs(skewMs);
  const words = `${(off / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} Slack`;
  const fix = 'Set this machine’s clock by NTP: deliveries that look older than 5 minutes are refused';
  if (off > SKEW_REFUSED_MS) return [failed('clock', words, fix)];
  if (off > SKEW_NOTICED_MS) return [warned('clock', words, fix)];
  return [well('clock', words)];
}

/** Tokens of two apps look right each by itself, and nothing ever arrives. */
async function sameAppCheck(place: SlackPlace, botId: string | null, appId: string | null): Promise<Check[]> {
  if (botId === null || appId === null) return [];
  const asked = await attempt('one app', () => askSlack(place, 'bots.info', { bot: botId }));
  if ('check' in asked || !asked.answer.ok) return [];
  const { bot } = asked.answer.body;
  const botsApp = typeof bot === 'object' && bot !== null && 'app_id' in bot ? String(bot.app_id) : appId;
  if (botsApp === appId) return [];
  return [
    failed(
      'one app',
      `the app token is of app ${appId}, the bot token of app ${botsApp}`,
      `Take both from https://api.slack.com/apps/${botsApp}: \`openloop slack setup\``,
    ),
  ];
}

function finderOf({ botToken, apiUrl }: SlackConnection): (handle: string) => Promise<Found> {
  const web = new SlackWeb({ token: botToken, ...(apiUrl !== undefined && { apiUrl }) });
  let people: Promise<SlackPeople> | undefined;
  return async (handle) => {
    people ??= web.self().then(({ teamId }) => new SlackPeople(web, teamId));
    return (await people).find(handle);
  };
}

async function approverChecks(
  approvers: readonly string[],
  find: (handle: string) => Promise<Found>,
): Promise<Check[]> {
  return Promise.all(
    approvers.map(async (handle) => {
      const name = `approver ${handle}`;
      const asked = await attempt(name, () => inTime(find(handle)));
      return 'check' in asked ? asked.check : approverCheck(name, asked.answer);
    }),
  );
}

/** A workspace with very many people must not cost the other checks their answers. */
const PEOPLE_WITHIN_MS = 4_000;

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const hint = 'Ask again in a minute';
    const error = new AppError('unavailable', 'slack.slow', 'Slack did not list its people in time', {
      hint,
    });
    timer = setTimeout(() => reject(error), PEOPLE_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function approverCheck(name: string, found: Found): Check {
  switch (found.kind) {
    case 'person':
      return well(name, `${found.name} (${found.id})`);
    case 'group':
      return found.members.length > 0
        ? well(name, `group ${found.name} (${found.id}), ${found.members.length} in it`)
        : warned(name, `group ${found.name} has nobody in it`, 'Add people to the group in Slack');
    case 'ambiguous':
      return failed(
        name,
        `${found.ids.length} people in Slack could be meant`,
        `Write the one you mean by id: ${found.ids.map((id) => `@slack.${id.split('/').at(-1)?.toLowerCase()}`).join(' or ')}`,
      );
    case 'nobody': {
      const near = found.near.length > 0 ? `Perhaps ${found.near.join(' or ')}? ` : '';
      return warned(
        name,
        'nobody in Slack is called that',
        `${near}Correct the agent’s approvers; whoever has a key for this handle can still decide with the CLI`,
      );
    }
  }
}
