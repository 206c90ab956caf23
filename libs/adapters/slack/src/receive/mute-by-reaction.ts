import type { Desk } from '@openloop/surfaces';

import type { Self } from '../web/slack-web.js';
import type { Directory } from './hearing.js';
import type { InHand } from './in-hand.js';
import type { MuteMarks } from './mute-marks.js';
import type { ReactionEvent } from './shapes.js';

export interface MuteParts {
  desk: Pick<Desk, 'mute'>;
  people: Pick<Directory, 'account'>;
  marks: Pick<MuteMarks, 'add' | 'remove' | 'rootOf'>;
  inHand: Pick<InHand, 'later'>;
  self: Self;
}

/** 🔇 on one of our messages mutes its thread, and taking it off unmutes it. Gives the outcome's name. */
export async function muteByReaction(parts: MuteParts, event: ReactionEvent): Promise<string> {
  const { desk, people, marks, inHand } = parts;
  const message = ownMessage(event, parts.self);
  if (message === null) return 'dropped.reaction';
  const by = await people.account(event.user);
  if (by.outsider !== null) return 'ignored.outsider';
  const { channel, ts } = message;
  const root = await marks.rootOf(channel, ts);
  if (root === null) return 'dropped.message_gone';
  const isMuted = event.type === 'reaction_added';
  if (!(await desk.mute({ surface: 'slack', key: `${channel}/${root}` }, by, isMuted)))
    return 'ignored.no_agent';
  inHand.later('muted', () => (isMuted ? marks.add(channel, ts) : marks.remove(channel, ts)));
  return isMuted ? 'muted' : 'unmuted';
}

/** The message of ours that somebody else put 🔇 on; `null` for every other reaction. */
function ownMessage(
  { reaction, user, item, item_user: writer }: ReactionEvent,
  self: Self,
): { channel: string; ts: string } | null {
  if (reaction !== 'mute' || writer !== self.userId || user === self.userId) return null;
  const { type, channel, ts } = item;
  return type === 'message' && channel && ts ? { channel, ts } : null;
}
