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
  const { desk, people, marks, inHand, self } = parts;
  const { channel, ts } = event.item;
  if (event.reaction !== 'mute') return 'dropped.reaction';
  if (event.item_user !== self.userId || event.user === self.userId) return 'dropped.not_ours';
  if (event.item.type !== 'message' || !channel || !ts) return 'dropped.not_a_message';
  const by = await people.account(event.user);
  if (by.outsider !== null) return 'ignored.outsider';
  const root = await marks.rootOf(channel, ts);
  if (root === null) return 'dropped.message_gone';
  const isMuted = event.type === 'reaction_added';
  if (!(await desk.mute({ surface: 'slack', key: `${channel}/${root}` }, by, isMuted)))
    return 'ignored.no_agent';
  inHand.later('muted', () => (isMuted ? marks.add(channel, ts) : marks.remove(channel, ts)));
  return isMuted ? 'muted' : 'unmuted';
}
