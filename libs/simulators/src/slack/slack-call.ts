import { isObject, parseJson, textOf, type JsonObject } from '../loopback.js';
import { SlackRefusal, refusedArguments } from './slack-refusal.js';
import type { SlackChannel } from './slack-types.js';
import type { SlackTriggers } from './slack-triggers.js';
import type { SlackWorkspace, StoredMessage } from './slack-workspace.js';

export type SlackTokenKind = 'bot' | 'app' | 'config';

/** A call that has passed authentication, with what a method needs to answer it. */
export interface SlackCall {
  workspace: SlackWorkspace;
  args: JsonObject;
  triggers: SlackTriggers;
  /** Scopes of our bot. */
  scopes: readonly string[];
  now: Date;
  /** Milliseconds for which what this call posts is in no list. */
  unlistedMs: number;
  /** Where the app may open a socket: `ws://…`, good for once. */
  socketUrl: () => string;
  /** Tells the app what its own call has caused. */
  tell: (event: JsonObject) => void;
}

export interface SlackMethod {
  token: SlackTokenKind;
  /** What the bot must have been granted for this call; one `needed` scope at a time is named. */
  scopes?: (call: SlackCall) => readonly string[];
  answer: (call: SlackCall) => JsonObject;
}

export type SlackMethods = Readonly<Record<string, SlackMethod>>;

const JSON_ARGS = ['blocks', 'view', 'metadata', 'attachments'];

/** Arguments out of a form or JSON; those that are JSON inside a form are parsed too. */
export function argsOf(contentType: string, text: string): JsonObject {
  if (contentType.includes('json')) {
    const body = parseJson(text);
    return isObject(body) ? body : {};
  }
  const args: JsonObject = Object.fromEntries(new URLSearchParams(text));
  for (const name of JSON_ARGS) {
    const value = args[name];
    if (typeof value === 'string') args[name] = parseJson(value) ?? value;
  }
  return args;
}

/** @throws SlackRefusal `invalid_arguments` when there is no such text. */
export function required(args: JsonObject, name: string): string {
  const value = textOf(args[name]);
  if (value === '') throw refusedArguments('invalid_arguments', [`missing required field: ${name}`]);
  return value;
}

/** `true` is a word in a form. */
export function flag(args: JsonObject, name: string): boolean {
  return args[name] === true || args[name] === 'true' || args[name] === '1';
}

export function numberArg(args: JsonObject, name: string, fallback: number): number {
  const value = Number(args[name] ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** A channel our bot may know of. @throws SlackRefusal `channel_not_found`. */
export function visibleChannel({ workspace, args }: SlackCall, name = 'channel'): SlackChannel {
  const wanted = required(args, name);
  const channel = workspace.findChannel(wanted);
  const isHidden = channel?.kind === 'private' && !channel.members.has(workspace.bot.userId);
  if (!channel || isHidden) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** A channel our bot is in. @throws SlackRefusal `channel_not_found` or `not_in_channel`. */
export function joinedChannel(call: SlackCall): SlackChannel {
  const channel = visibleChannel(call);
  if (!channel.members.has(call.workspace.bot.userId)) throw new SlackRefusal('not_in_channel');
  return channel;
}

/** A channel our bot may write in. @throws SlackRefusal also `is_archived`. */
export function writableChannel(call: SlackCall): SlackChannel {
  const channel = joinedChannel(call);
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  return channel;
}

/** @throws SlackRefusal `message_not_found`. */
export function messageOf(call: SlackCall, channel: SlackChannel, name = 'ts'): StoredMessage {
  const found = call.workspace.message(channel.id, required(call.args, name));
  if (!found || found.isDeleted) throw new SlackRefusal('message_not_found');
  return found;
}

/** The scope of a family, by the kind of the channel that is named: `channels:read`, `groups:read`, `im:read`. */
export function channelScope(verb: 'read' | 'history'): (call: SlackCall) => readonly string[] {
  return ({ workspace, args }) => {
    const kind = workspace.findChannel(textOf(args['channel']))?.kind ?? 'public';
    return [`${{ public: 'channels', private: 'groups', im: 'im' }[kind]}:${verb}`];
  };
}

export interface SlackPage<T> {
  items: T[];
  hasMore: boolean;
  nextCursor: string;
}

/** One page of a list. @throws SlackRefusal `invalid_cursor`. */
export function slackPage<T>(all: readonly T[], args: JsonObject, defaultLimit: number): SlackPage<T> {
  const cursor = textOf(args['cursor']);
  const start =
    cursor === '' ? 0 : Number(/^next:(\d+)$/u.exec(Buffer.from(cursor, 'base64').toString())?.[1]);
  if (!Number.isInteger(start)) throw new SlackRefusal('invalid_cursor');
  const end = start + Math.min(numberArg(args, 'limit', defaultLimit), 1000);
  const hasMore = end < all.length;
  const nextCursor = hasMore ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), hasMore, nextCursor };
}

export function allowed(scopes: (call: SlackCall) => readonly string[], call: SlackCall): void {
  const needed = scopes(call).find((scope) => !call.scopes.includes(scope));
  if (needed === undefined) return;
  throw new SlackRefusal('missing_scope', { needed, provided: call.scopes.join(',') });
}
