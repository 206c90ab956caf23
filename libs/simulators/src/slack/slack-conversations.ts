import { textOf, type JsonObject } from '../loopback.js';
import {
  channelScope,
  flag,
  joinedChannel,
  required,
  slackPage,
  visibleChannel,
  type SlackCall,
  type SlackMethods,
} from './slack-call.js';
import { SlackRefusal } from './slack-refusal.js';
import { channelShape, messageShape, tombstone } from './slack-shapes.js';
import type { SlackChannel } from './slack-types.js';
import type { StoredMessage } from './slack-workspace.js';

const KINDS: Readonly<Record<string, SlackChannel['kind']>> = {
  public_channel: 'public',
  private_channel: 'private',
  im: 'im',
};

export const conversationMethods: SlackMethods = {
  'conversations.replies': {
    token: 'bot',
    scopes: channelScope('history'),
    answer(call) {
      const channel = joinedChannel(call);
      const wanted = required(call.args, 'ts');
      const root = call.workspace.message(channel.id, wanted);
      if (!root || !isListed(root, call)) throw new SlackRefusal('thread_not_found');
      const rootTs = root.threadTs ?? root.ts;
      const inThread = call.workspace
        .messagesIn(channel.id)
        .filter((each) => each.threadTs === rootTs || each === root);
      // The message that starts the thread is on the list whatever the times that are asked for.
      const listed = inThread.filter((each) => each.ts === rootTs || isAskedFor(each, call.args));
      return listing(call, listed, 1000);
    },
  },
  'conversations.history': {
    token: 'bot',
    scopes: channelScope('history'),
    answer(call) {
      const channel = joinedChannel(call);
      const top = call.workspace.messagesIn(channel.id).filter(({ ts, threadTs }) => (threadTs ?? ts) === ts);
      return listing(call, top.filter((each) => isAskedFor(each, call.args)).toReversed(), 100);
    },
  },
  'conversations.info': {
    token: 'bot',
    scopes: channelScope('read'),
    answer: (call) => ({ channel: channelShape(call.workspace, visibleChannel(call)) }),
  },
  'conversations.list': {
    token: 'bot',
    scopes: ({ args }) => kindsOf(args).map((kind) => scopeOf(kind)),
    answer({ workspace, args }) {
      const kinds = kindsOf(args);
      const listed = [...workspace.channels.values()]
        .filter(({ kind }) => kinds.includes(kind))
        .filter(({ kind, members }) => kind !== 'private' || members.has(workspace.bot.userId))
        .filter(({ isArchived }) => !isArchived || !flag(args, 'exclude_archived'));
      const { items, nextCursor } = slackPage(listed, args, 100);
      return {
        channels: items.map((channel) => channelShape(workspace, channel)),
        response_metadata: { next_cursor: nextCursor },
      };
    },
  },
  'conversations.members': {
    token: 'bot',
    scopes: channelScope('read'),
    answer(call) {
      const { items, nextCursor } = slackPage([...visibleChannel(call).members], call.args, 100);
      return { members: items, response_metadata: { next_cursor: nextCursor } };
    },
  },
  'conversations.open': {
    token: 'bot',
    scopes: () => ['im:write'],
    answer({ workspace, args }) {
      const wanted = textOf(args['users']) || textOf(args['channel']);
      const user = workspace.users.get(wanted);
      const channel = user ? workspace.directWith(user.id) : workspace.channels.get(wanted);
      if (!channel)
        throw new SlackRefusal(args['users'] === undefined ? 'channel_not_found' : 'user_not_found');
      if (user?.deleted === true) throw new SlackRefusal('user_disabled');
      const shape = flag(args, 'return_im') ? channelShape(workspace, channel) : { id: channel.id };
      return { channel: shape };
    },
  },
};

function listing(call: SlackCall, all: readonly StoredMessage[], limit: number): JsonObject {
  const { workspace, args } = call;
  const withMetadata = flag(args, 'include_all_metadata');
  const visible = all.filter((each) => isListed(each, call) && (!each.isDeleted || hasReplies(call, each)));
  const { items, hasMore, nextCursor } = slackPage(visible, args, limit);
  return {
    messages: items.map((each) =>
      each.isDeleted ? tombstone(each) : messageShape(workspace, each, { withMetadata }),
    ),
    has_more: hasMore,
    ...(hasMore && { response_metadata: { next_cursor: nextCursor } }),
  };
}

function hasReplies({ workspace }: SlackCall, { channel, ts }: StoredMessage): boolean {
  return workspace
    .messagesIn(channel)
    .some((each) => each.threadTs === ts && each.ts !== ts && !each.isDeleted);
}

function isListed({ listedFrom }: StoredMessage, { now }: SlackCall): boolean {
  return listedFrom <= now.getTime();
}

/** `oldest` and `latest` leave out the very moments they name, unless `inclusive`. */
function isAskedFor({ ts }: StoredMessage, args: JsonObject): boolean {
  const at = Number(ts);
  const oldest = Number(args['oldest'] ?? 0);
  const latest = Number(args['latest'] ?? Infinity);
  return flag(args, 'inclusive') ? at >= oldest && at <= latest : at > oldest && at < latest;
}

/** @throws SlackRefusal `invalid_types`. */
function kindsOf({ types }: JsonObject): SlackChannel['kind'][] {
  const names = (textOf(types) || 'public_channel').split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== 'mpim')
    .map((name) => {
      const kind = KINDS[name];
      if (!kind) throw new SlackRefusal('invalid_types');
      return kind;
    });
}

function scopeOf(kind: SlackChannel['kind']): string {
  return { public: 'channels:read', private: 'groups:read', im: 'im:read' }[kind];
}
