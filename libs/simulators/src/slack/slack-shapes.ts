import type { JsonObject } from '../loopback.js';
import type { SlackChannel, SlackGroup, SlackUser } from './slack-types.js';
import { latest, type SlackWorkspace, type StoredMessage, type StoredView } from './slack-workspace.js';

/** A user as `users.info` gives it. */
export function userShape({ team }: SlackWorkspace, user: SlackUser): JsonObject {
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: user.deleted,
    real_name: user.realName,
    tz: user.tz,
    profile: {
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.displayName,
      display_name_normalized: user.displayName,
      team: user.teamId,
    },
    is_admin: user.isAdmin,
    is_owner: false,
    is_restricted: user.isRestricted,
    is_ultra_restricted: user.isUltraRestricted,
    is_bot: user.isBot,
    is_app_user: false,
    ...(user.teamId !== team.id && { is_stranger: true }),
    updated: 1_700_000_000,
  };
}

export function channelShape(workspace: SlackWorkspace, channel: SlackChannel): JsonObject {
  const { bot, team } = workspace;
  if (channel.kind === 'im') {
    const [person = bot.userId] = [...channel.members].filter((each) => each !== bot.userId);
    return {
      id: channel.id,
      is_im: true,
      user: person,
      is_archived: channel.isArchived,
      context_team_id: team.id,
    };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_private: channel.kind === 'private',
    is_im: false,
    is_mpim: false,
    is_archived: channel.isArchived,
    is_member: channel.members.has(bot.userId),
    is_ext_shared: channel.isExtShared,
    is_shared: channel.isExtShared,
    num_members: channel.members.size,
    context_team_id: team.id,
  };
}

export function groupShape({ team }: SlackWorkspace, group: SlackGroup, withUsers = true): JsonObject {
  return {
    id: group.id,
    team_id: team.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    date_update: Math.floor(group.updatedAt.getTime() / 1000),
    date_delete: group.isDisabled ? Math.floor(group.updatedAt.getTime() / 1000) : 0,
    user_count: group.members.length,
    ...(withUsers && { users: [...group.members] }),
  };
}

/** A message as lists, events and clicks carry it. */
export function messageShape(
  workspace: SlackWorkspace,
  message: StoredMessage,
  { withMetadata = true } = {},
): JsonObject {
  return {
    type: 'message',
    user: message.user,
    team: workspace.users.get(message.user)?.teamId ?? workspace.team.id,
    ts: message.ts,
    ...(message.botId !== null && { bot_id: message.botId, app_id: workspace.bot.appId }),
    ...contentOf(message, withMetadata),
    ...reactionsOf(message),
    ...threadOf(workspace, message),
  };
}

function contentOf(message: StoredMessage, withMetadata: boolean): JsonObject {
  const { text, blocks, attachments, metadata, at } = latest(message);
  return {
    text,
    ...(blocks.length > 0 && { blocks }),
    ...(attachments.length > 0 && { attachments }),
    ...(withMetadata && metadata && { metadata }),
    ...(message.versions.length > 1 && { edited: { user: message.user, ts: editedTs(at) } }),
  };
}

function editedTs(at: Date): string {
  return `${Math.floor(at.getTime() / 1000)}.000000`;
}

function reactionsOf({ reactions }: StoredMessage): JsonObject {
  if (reactions.length === 0) return {};
  return {
    reactions: reactions.map(({ name, users }) => ({ name, users: [...users], count: users.length })),
  };
}

function threadOf(workspace: SlackWorkspace, message: StoredMessage): JsonObject {
  const { channel, ts, threadTs } = message;
  if (threadTs === null) return {};
  const root = workspace.message(channel, threadTs);
  if (threadTs !== ts) return { thread_ts: threadTs, ...(root && { parent_user_id: root.user }) };
  const replies = workspace
    .messagesIn(channel)
    .filter((each) => each.threadTs === ts && each !== message && !each.isDeleted);
  return {
    thread_ts: threadTs,
    reply_count: replies.length,
    reply_users: [...new Set(replies.map(({ user }) => user))],
    ...(replies.length > 0 && { latest_reply: replies.at(-1)?.ts }),
  };
}

/** What is left in the place of a deleted message that has replies. */
export function tombstone({ ts, threadTs }: StoredMessage): JsonObject {
  return {
    type: 'message',
    subtype: 'tombstone',
    user: 'USLACKBOT',
    hidden: true,
    text: 'This message was deleted.',
    ts,
    ...(threadTs !== null && { thread_ts: threadTs }),
  };
}

export function viewShape(
  { team, bot }: SlackWorkspace,
  view: StoredView,
  values: JsonObject = {},
): JsonObject {
  const { source } = view;
  return {
    id: view.id,
    team_id: team.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    hash: view.hash,
    state: { values },
    title: source['title'] ?? null,
    close: source['close'] ?? null,
    submit: source['submit'] ?? null,
    clear_on_close: source['clear_on_close'] === true,
    notify_on_close: source['notify_on_close'] === true,
    external_id: source['external_id'] ?? '',
    previous_view_id: null,
    root_view_id: view.id,
    app_id: bot.appId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  };
}
