import type { Self } from '../web/slack-web.js';
import type { MessageEvent } from './shapes.js';

/** Why a message is nothing anybody said to anybody: each has a name, none is an error. */
export type Dropped = 'own' | 'bot' | 'edited' | 'deleted' | 'hidden' | 'subtype' | 'no_author';

/** Messages by people that carry a subtype nevertheless. */
const SAID = new Set(['file_share', 'thread_broadcast']);
const NAMED: ReadonlyMap<string, Dropped> = new Map([
  ['message_changed', 'edited'],
  ['message_replied', 'hidden'],
  ['message_deleted', 'deleted'],
  ['tombstone', 'deleted'],
  ['bot_message', 'bot'],
]);

export function droppedBecause(event: MessageEvent, self: Self): Dropped | null {
  if (isOwn(event, self)) return 'own';
  if (event.subtype && !SAID.has(event.subtype)) return NAMED.get(event.subtype) ?? 'subtype';
  if (event.bot_id) return 'bot';
  if (event.edited) return 'edited';
  if (event.hidden) return 'hidden';
  return event.user ? null : 'no_author';
}

function isOwn({ user, bot_id: botId }: MessageEvent, self: Self): boolean {
  return user === self.userId || (Boolean(botId) && botId === self.botId);
}

/** `C0DEV/1700000000.000100`: the mention and the message event of one message have the same. */
export function messageKey({ channel, ts }: Pick<MessageEvent, 'channel' | 'ts'>): string {
  return `${channel}/${ts}`;
}

export function threadKey({
  channel,
  ts,
  thread_ts: root,
}: Pick<MessageEvent, 'channel' | 'ts' | 'thread_ts'>): string {
  return `${channel}/${root ?? ts}`;
}

/** Slack's `seconds.micros`, exact to the millisecond. */
export function dateOf(ts: string): Date {
  const [seconds = '0', fraction = ''] = ts.split('.');
  return new Date(Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0')));
}
