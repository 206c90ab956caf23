import { z } from 'zod';

import { SlackError } from '../web/slack-error.js';
import type { SlackWeb } from '../web/slack-web.js';
import { refOf, type Place } from './places.js';

/** The kind of metadata that marks every message of ours. */
export const EVENT_TYPE = 'openloop_delivery';

/** Slack allows up to 1,000 and recommends no more than 200. */
const PAGE = 200;
/** 20,000 messages: a thread that is longer is not looked through. */
const MOST_PAGES = 100;

type Asked = Pick<SlackWeb, 'call' | 'self'>;

const messageSchema = z.object({
  ts: z.string(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  metadata: z
    .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
    .optional()
    .catch(undefined),
});
type Message = z.output<typeof messageSchema>;
const repliesSchema = z.object({
  messages: z.array(messageSchema),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export interface LookFor {
  thread: Place;
  deliveryId: string;
}

/**
 * The messages of a thread that carry a delivery's marker and are our own, by part. Anybody's app can write our
 * marker, so who posted it counts as well. Throws {@link SlackError} when the thread cannot be read to its end.
 */
export async function postedAlready(
  web: Asked,
  { thread, deliveryId }: LookFor,
): Promise<Map<number, string>> {
  const { userId, botId } = await web.self();
  const found = new Map<number, string>();
  for await (const message of repliesIn(web, thread)) {
    const isOurs = message.user === userId || (botId !== null && message.bot_id === botId);
    const part = isOurs ? partIn(message, deliveryId) : null;
    if (part !== null && !found.has(part))
      found.set(part, refOf({ channel: thread.channel, ts: message.ts }));
  }
  return found;
}

function partIn({ metadata }: Message, deliveryId: string): number | null {
  if (metadata?.event_type !== EVENT_TYPE) return null;
  const { id, part } = metadata.event_payload;
  return id === deliveryId && Number.isSafeInteger(Number(part)) ? Number(part) : null;
}

async function* repliesIn(web: Asked, { channel, ts }: Place): AsyncGenerator<Message> {
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = repliesSchema.safeParse(
      await web.call(
        'conversations.replies',
        { channel, ts, limit: PAGE, include_all_metadata: true, ...(cursor ? { cursor } : {}) },
        { channel },
      ),
    );
    if (!answer.success) throw new SlackError('unreadable_answer', { isDefinite: false });
    yield* answer.data.messages;
    cursor = answer.data.response_metadata?.next_cursor;
    if (!cursor) return;
  }
  throw new SlackError('thread_too_long', { isDefinite: false });
}
