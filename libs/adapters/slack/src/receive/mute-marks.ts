import { SlackError } from '../web/slack-error.js';
import type { Self, SlackWeb } from '../web/slack-web.js';

const MARK = 'zipper_mouth_face';
const PAGE = 200;
const MAX_PAGES = 5;

interface Replies {
  messages?: { ts?: string; thread_ts?: string; reactions?: { name?: string; users?: string[] }[] }[];
  response_metadata?: { next_cursor?: string };
}

/** The 🤐 that says an agent was muted here. Slack remembers them: nothing is kept in between. */
export class MuteMarks {
  constructor(
    private readonly web: Pick<SlackWeb, 'call'>,
    private readonly self: Self,
  ) {}

  async add(channel: string, ts: string): Promise<void> {
    await this.#unless('already_reacted', 'reactions.add', channel, ts);
  }

  async remove(channel: string, ts: string): Promise<void> {
    await this.#unless('no_reaction', 'reactions.remove', channel, ts);
  }

  /** Takes our marks off every message of a thread; of a very long one, off its first 1,000. */
  async removeAll(channel: string, root: string): Promise<void> {
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await this.#replies(channel, root, { limit: PAGE, ...(cursor ? { cursor } : {}) });
      for (const { ts, reactions } of answer.messages ?? []) {
        const isOurs = reactions?.some(
          ({ name, users }) => name === MARK && users?.includes(this.self.userId),
        );
        if (ts && isOurs) await this.remove(channel, ts);
      }
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor) return;
    }
  }

  /** The root of the thread that a message is in; `null` when the message is gone. */
  async rootOf(channel: string, ts: string): Promise<string | null> {
    try {
      const [first] = (await this.#replies(channel, ts, { limit: 1 })).messages ?? [];
      return first?.thread_ts ?? first?.ts ?? null;
    } catch (error) {
      if (error instanceof SlackError && GONE.has(error.code)) return null;
      throw error;
    }
  }

  #replies(channel: string, ts: string, more: Record<string, unknown>): Promise<Replies> {
    return this.web.call<Replies>('conversations.replies', { channel, ts, ...more }, { channel });
  }

  async #unless(code: string, method: string, channel: string, timestamp: string): Promise<void> {
    try {
      await this.web.call(method, { channel, timestamp, name: MARK }, { channel });
    } catch (error) {
      if (!(error instanceof SlackError) || error.code !== code) throw error;
    }
  }
}

const GONE = new Set(['thread_not_found', 'message_not_found', 'channel_not_found', 'not_in_channel']);
