import { messageOf } from '@openloop/kernel';

import type { SlackLog } from '../options.js';
import type { SlackWeb } from '../web/slack-web.js';

/** Whom to tell, and where they are looking. */
export interface Listener {
  userId: string;
  /** `null` when they are not in a channel: they are told directly. */
  channel: string | null;
  /** The root of the thread they are in. */
  thread?: string | null | undefined;
}

type Web = Pick<SlackWeb, 'call'>;

/** Private words: seen by one person only, in place where that works and by direct message where it does not. */
export class Tell {
  constructor(
    private readonly web: Web,
    private readonly log: SlackLog,
  ) {}

  /** Throws when neither way worked. */
  async privately(listener: Listener, words: string): Promise<void> {
    const text = escaped(words);
    const { userId, channel, thread } = listener;
    if (channel !== null) {
      try {
        const args = { channel, user: userId, text, ...(thread ? { thread_ts: thread } : {}), ...PLAIN };
        await this.web.call('chat.postEphemeral', args, { channel });
        return;
      } catch (error) {
        this.log.info({ channel, error: messageOf(error) }, 'Private words go by direct message instead');
      }
    }
    await this.#directly(userId, text);
  }

  async #directly(userId: string, text: string): Promise<void> {
    const opened = await this.web.call<{ channel?: { id?: string } }>('conversations.open', {
      users: userId,
    });
    const channel = opened.channel?.id;
    if (channel === undefined) return;
    await this.web.call('chat.postMessage', { channel, text, ...PLAIN, ...UNFURLED }, { channel });
  }
}

const PLAIN = { parse: 'none', link_names: false } as const;
const UNFURLED = { unfurl_links: false, unfurl_media: false } as const;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
