import {
  flag,
  joinedChannel,
  messageOf,
  required,
  slackPage,
  type SlackCall,
  type SlackMethods,
} from './slack-call.js';
import { SlackRefusal } from './slack-refusal.js';
import { groupShape, messageShape, userShape } from './slack-shapes.js';
import type { StoredMessage } from './slack-workspace.js';

const readGroups = (): readonly string[] => ['usergroups:read'];
const readUsers = (): readonly string[] => ['users:read'];
const writeReactions = (): readonly string[] => ['reactions:write'];

export const peopleMethods: SlackMethods = {
  'users.info': {
    token: 'bot',
    scopes: readUsers,
    answer({ workspace, args }) {
      const user = workspace.users.get(required(args, 'user'));
      if (!user) throw new SlackRefusal('user_not_found');
      return { user: userShape(workspace, user) };
    },
  },
  'users.list': {
    token: 'bot',
    scopes: readUsers,
    answer({ workspace, args }) {
      const { items, nextCursor } = slackPage([...workspace.users.values()], args, 1000);
      return {
        members: items.map((user) => userShape(workspace, user)),
        response_metadata: { next_cursor: nextCursor },
      };
    },
  },
  'usergroups.list': {
    token: 'bot',
    scopes: readGroups,
    answer({ workspace, args }) {
      const listed = [...workspace.groups.values()].filter(
        ({ isDisabled }) => !isDisabled || flag(args, 'include_disabled'),
      );
      return { usergroups: listed.map((group) => groupShape(workspace, group, flag(args, 'include_users'))) };
    },
  },
  'usergroups.users.list': {
    token: 'bot',
    scopes: readGroups,
    answer({ workspace, args }) {
      const group = workspace.groups.get(required(args, 'usergroup'));
      if (!group) throw new SlackRefusal('no_such_subteam');
      if (group.isDisabled && !flag(args, 'include_disabled')) throw new SlackRefusal('subteam_disabled');
      return { users: [...group.members] };
    },
  },
  'reactions.add': {
    token: 'bot',
    scopes: writeReactions,
    answer(call) {
      const { message, name } = reactionOf(call);
      if (!addReaction(message, name, call.workspace.bot.userId)) throw new SlackRefusal('already_reacted');
      return {};
    },
  },
  'reactions.remove': {
    token: 'bot',
    scopes: writeReactions,
    answer(call) {
      const { message, name } = reactionOf(call);
      if (!removeReaction(message, name, call.workspace.bot.userId)) throw new SlackRefusal('no_reaction');
      return {};
    },
  },
  'reactions.get': {
    token: 'bot',
    scopes: () => ['reactions:read'],
    answer(call) {
      const channel = joinedChannel(call);
      const message = messageOf(call, channel, 'timestamp');
      return { type: 'message', channel: channel.id, message: messageShape(call.workspace, message) };
    },
  },
};

function reactionOf(call: SlackCall): { message: StoredMessage; name: string } {
  const name = required(call.args, 'name');
  if (!/^[\w+'-]+(?:::skin-tone-[2-6])?$/u.test(name)) throw new SlackRefusal('invalid_name');
  const channel = joinedChannel(call);
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  return { message: messageOf(call, channel, 'timestamp'), name };
}

/** False when this person had reacted like this already. */
export function addReaction({ reactions }: StoredMessage, name: string, user: string): boolean {
  const found = reactions.find((each) => each.name === name);
  if (found?.users.includes(user) === true) return false;
  if (found) found.users.push(user);
  else reactions.push({ name, users: [user] });
  return true;
}

/** False when this person had not reacted like this. */
export function removeReaction(message: StoredMessage, name: string, user: string): boolean {
  const found = message.reactions.find((each) => each.name === name);
  if (found?.users.includes(user) !== true) return false;
  found.users = found.users.filter((each) => each !== user);
  message.reactions = message.reactions.filter(({ users }) => users.length > 0);
  return true;
}
