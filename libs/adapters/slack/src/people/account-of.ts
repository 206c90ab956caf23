import type { Account } from '@openloop/surfaces';

import { cut, oneLine } from '../show/plain-text.js';
import type { SlackUser } from './slack-shapes.js';

const MOST_NAME = 80;
/** Slack's own bot, which does not say that it is one. */
const SLACKBOT = 'USLACKBOT';

/** Somebody as Slack knows them, seen from our workspace. */
export function accountOf(user: SlackUser, ourTeam: string): Account {
  const team = isOurs(user, ourTeam) ? ourTeam : (user.team_id ?? '');
  return {
    surface: 'slack',
    id: `${team}/${user.id}`,
    name: nameOf(user),
    outsider: outsiderAs(user, ourTeam),
  };
}

/** Somebody Slack tells us nothing of. */
export function strangerOf(userId: string, team: string): Account {
  return { surface: 'slack', id: `${team}/${userId}`, name: userId, outsider: 'stranger' };
}

export function outsiderAs(user: SlackUser, ourTeam: string): Account['outsider'] {
  if (user.is_bot || user.is_workflow_bot || user.id === SLACKBOT) return 'bot';
  if (user.is_stranger || !isOurs(user, ourTeam)) return 'stranger';
  if (user.deleted) return 'deactivated';
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : null;
}

/** The name people see, which anybody can change: for reading only. */
export function nameOf({ id, name, real_name: realName, profile }: SlackUser): string {
  const shown = [profile.display_name, realName, profile.real_name, name, id].find((each) => each?.trim());
  return cut(oneLine(shown ?? id), MOST_NAME);
}

/** In an organisation of several workspaces one person is in many of them. */
function isOurs({ team_id: team, enterprise_user: enterprise }: SlackUser, ourTeam: string): boolean {
  return team === ourTeam || (enterprise?.teams ?? []).includes(ourTeam);
}
