import type { Account, Desk, Heard, HeardAs } from '@openloop/surfaces';

import type { Tell } from '../interact/tell.js';
import type { Self } from '../web/slack-web.js';
import type { InHand } from './in-hand.js';
import { dateOf, droppedBecause, messageKey, threadKey } from './message.js';
import { mentionsOf, namesIn, plainText } from './plain-text.js';
import type { MuteMarks } from './mute-marks.js';
import { RecentKeys } from './recent-keys.js';
import type { MessageEvent } from './shapes.js';

/** Names and people of the workspace. */
export interface Directory {
  account(userId: string, teamId?: string): Promise<Account>;
  /** Without the `#`. */
  channelName(channelId: string): Promise<string>;
}

export interface HearingParts {
  desk: Pick<Desk, 'hear'>;
  people: Directory;
  tell: Pick<Tell, 'privately'>;
  marks: Pick<MuteMarks, 'add' | 'removeAll'>;
  inHand: Pick<InHand, 'later'>;
  self: Self;
}

/** Turns what people say into {@link Heard}, and what was made of it into at most one private answer. */
export class Hearing {
  readonly #answered = new RecentKeys();

  constructor(private readonly parts: HearingParts) {}

  /** The name of the outcome. Resolves once the message is kept; rejects when Slack has to deliver it again. */
  async hear(event: MessageEvent): Promise<string> {
    const dropped = droppedBecause(event, this.parts.self);
    if (dropped !== null || !event.user) return `dropped.${dropped ?? 'no_author'}`;
    const heardAs = await this.parts.desk.hear(await this.#heard(event, event.user));
    this.#answer(event, event.user, heardAs);
    return heardAs.kind === 'ignored' ? `ignored.${heardAs.why}` : heardAs.kind;
  }

  async #heard(event: MessageEvent, userId: string): Promise<Heard> {
    const { people, self } = this.parts;
    const isDirect = event.channel_type === 'im' || event.channel.startsWith('D');
    const text = event.text ?? '';
    const [author, channelName, names] = await Promise.all([
      people.account(userId, event.user_team ?? event.team ?? undefined),
      isDirect ? null : people.channelName(event.channel),
      this.#names(text),
    ]);
    return {
      key: messageKey(event),
      at: dateOf(event.ts),
      thread: { surface: 'slack', channel: event.channel, key: threadKey(event) },
      channelName: channelName === null ? null : `#${channelName.replace(/^#/, '')}`,
      isDirect,
      isReply: (event.thread_ts ?? event.ts) !== event.ts,
      author,
      text: plainText(text, self.userId, names),
      mentions: mentionsOf(text, self.userId),
    };
  }

  /** A name that cannot be had is shown as its id: a message is not held back for the sake of a name in it. */
  async #names(text: string): Promise<Map<string, string>> {
    const { people, self } = this.parts;
    const { users, channels } = namesIn(text, self.userId);
    const found = await Promise.allSettled([
      ...users.map(async (id) => [id, (await people.account(id)).name] as const),
      ...channels.map(async (id) => [id, await people.channelName(id)] as const),
    ]);
    return new Map(found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
  }

  #answer(event: MessageEvent, userId: string, heardAs: HeardAs): void {
    const { tell, marks, inHand } = this.parts;
    if (heardAs.kind === 'ignored' || (heardAs.kind === 'queued' && !heardAs.unmuted)) return;
    if (!this.#answered.add(messageKey(event))) return;
    const { channel, ts, thread_ts: root } = event;
    const words = 'words' in heardAs ? heardAs.words : null;
    inHand.later(heardAs.kind, () => {
      if (words !== null) return tell.privately({ userId, channel, thread: root }, words);
      return heardAs.kind === 'muted' ? marks.add(channel, ts) : marks.removeAll(channel, root ?? ts);
    });
  }
}
