import { isObject, objectsOf, textOf, type JsonObject } from '../loopback.js';
import { blockProblems, blockTextLength } from './slack-block-limits.js';
import {
  flag,
  messageOf,
  required,
  visibleChannel,
  writableChannel,
  type SlackCall,
  type SlackMethods,
} from './slack-call.js';
import { withIds } from './slack-element-limits.js';
import { SlackRefusal, refusedArguments } from './slack-refusal.js';
import { messageShape } from './slack-shapes.js';
import type { SlackChannel, SlackVersion } from './slack-types.js';
import { latest, type StoredMessage } from './slack-workspace.js';

const MAX_TEXT = 40_000;
const MAX_BLOCK_TEXT = 13_200;
const MAX_METADATA_BYTES = 16_000;
const write = (): readonly string[] => ['chat:write'];

export const chatMethods: SlackMethods = {
  'chat.postMessage': {
    token: 'bot',
    scopes: write,
    answer(call) {
      const channel = writableChannel(call);
      const version = versionOf(call, 'chat.postMessage');
      const message = post(call, channel, version);
      const shape = messageShape(call.workspace, message);
      call.tell({ ...shape, channel: channel.id, event_ts: message.ts, channel_type: channelType(channel) });
      return { channel: channel.id, ts: message.ts, message: shape };
    },
  },
  'chat.update': {
    token: 'bot',
    scopes: write,
    answer(call) {
      const channel = writableChannel(call);
      const message = messageOf(call, channel);
      if (message.user !== call.workspace.bot.userId) throw new SlackRefusal('cant_update_message');
      const before = messageShape(call.workspace, message);
      const version = retaining(latest(message), versionOf(call, 'chat.update'), call.args);
      message.versions.push(version);
      const shape = messageShape(call.workspace, message);
      call.tell({
        type: 'message',
        subtype: 'message_changed',
        hidden: true,
        message: shape,
        previous_message: before,
        channel: channel.id,
        channel_type: channelType(channel),
        ts: call.workspace.ids.ts(),
      });
      return { channel: channel.id, ts: message.ts, text: version.text, message: shape };
    },
  },
  'chat.delete': {
    token: 'bot',
    scopes: write,
    answer(call) {
      const channel = writableChannel(call);
      const message = messageOf(call, channel);
      if (message.user !== call.workspace.bot.userId) throw new SlackRefusal('cant_delete_message');
      message.isDeleted = true;
      call.tell({
        type: 'message',
        subtype: 'message_deleted',
        hidden: true,
        deleted_ts: message.ts,
        previous_message: messageShape(call.workspace, message),
        channel: channel.id,
        channel_type: channelType(channel),
        ts: call.workspace.ids.ts(),
      });
      return { channel: channel.id, ts: message.ts };
    },
  },
  'chat.postEphemeral': {
    token: 'bot',
    scopes: write,
    answer(call) {
      const channel = writableChannel(call);
      const user = required(call.args, 'user');
      if (!call.workspace.users.has(user)) throw new SlackRefusal('user_not_found');
      if (!channel.members.has(user)) throw new SlackRefusal('user_not_in_channel');
      const message = post(call, channel, versionOf(call, 'chat.postEphemeral'), user);
      return { message_ts: message.ts };
    },
  },
  'chat.getPermalink': {
    token: 'bot',
    answer(call) {
      const channel = visibleChannel(call);
      const { ts } = messageOf(call, channel, 'message_ts');
      const { domain } = call.workspace.team;
      const permalink = `https://${domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}`;
      return { channel: channel.id, permalink };
    },
  },
};

export function channelType({ kind }: SlackChannel): string {
  return { public: 'channel', private: 'group', im: 'im' }[kind];
}

/** Puts what our bot says where it belongs. @throws SlackRefusal `thread_not_found`. */
export function post(
  { workspace, args, now, unlistedMs }: SlackCall,
  channel: SlackChannel,
  version: SlackVersion,
  ephemeralTo: string | null = null,
): StoredMessage {
  const { userId, botId } = workspace.bot;
  return workspace.addMessage(
    {
      channel: channel.id,
      threadTs: threadOf(args, (ts) => workspace.message(channel.id, ts)),
      user: userId,
      botId,
      ephemeralTo,
      listedFrom: unlistedMs > 0 ? now.getTime() + unlistedMs : 0,
    },
    version,
  );
}

/** A reply to a reply belongs to the thread of that reply. */
function threadOf(args: JsonObject, find: (ts: string) => StoredMessage | undefined): string | null {
  const wanted = textOf(args['thread_ts']);
  if (wanted === '') return null;
  const target = find(wanted);
  if (!target) throw new SlackRefusal('thread_not_found');
  return target.threadTs ?? target.ts;
}

/** What a call wants to be shown. @throws SlackRefusal for what Slack does not take. */
export function versionOf(
  call: Pick<SlackCall, 'args' | 'now' | 'workspace'>,
  by: SlackVersion['by'],
): SlackVersion {
  const { args, now, workspace } = call;
  const text = textOf(args['text']) || textOf(args['markdown_text']);
  const blocks = checkedBlocks(args);
  const attachments = objectsOf(args['attachments']);
  if (text === '' && blocks.length === 0 && attachments.length === 0) throw new SlackRefusal('no_text');
  if (text.length > MAX_TEXT) throw new SlackRefusal('msg_too_long');
  return {
    text,
    blocks: withIds(blocks, () => workspace.ids.next('b')),
    attachments,
    metadata: checkedMetadata(args['metadata']),
    by,
    linksNames: flag(args, 'link_names') || args['parse'] === 'full',
    at: now,
  };
}

/** What a change leaves out stays as it was; an empty list or object takes it away. */
export function retaining(before: SlackVersion, version: SlackVersion, args: JsonObject): SlackVersion {
  return {
    ...version,
    blocks: args['blocks'] === undefined ? before.blocks : version.blocks,
    attachments: args['attachments'] === undefined ? before.attachments : version.attachments,
    metadata: args['metadata'] === undefined ? before.metadata : version.metadata,
  };
}

function checkedBlocks({ blocks }: JsonObject): JsonObject[] {
  if (blocks === undefined) return [];
  if (!Array.isArray(blocks)) throw new SlackRefusal('invalid_blocks_format');
  const problems = blockProblems(blocks, 'message');
  if (problems.length > 0) throw refusedArguments('invalid_blocks', problems);
  if (blockTextLength(blocks) > MAX_BLOCK_TEXT) throw new SlackRefusal('msg_blocks_too_long');
  return objectsOf(blocks);
}

function checkedMetadata(metadata: unknown): JsonObject | null {
  if (metadata === undefined || metadata === '') return null;
  if (isObject(metadata) && Object.keys(metadata).length === 0) return null;
  const isWhole =
    isObject(metadata) && textOf(metadata['event_type']) !== '' && isObject(metadata['event_payload']);
  if (!isWhole) throw new SlackRefusal('invalid_metadata_format');
  if (JSON.stringify(metadata).length > MAX_METADATA_BYTES) throw new SlackRefusal('metadata_too_large');
  return metadata;
}
