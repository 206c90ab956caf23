import { AppError } from '@openloop/kernel';
import { z } from 'zod';

import type { SlackWeb } from '../web/slack-web.js';

const ID = /^[CDG][A-Z0-9]{6,}$/;
const MAX_PAGES = 10;

const page = z.object({
  channels: z.array(z.object({ id: z.string(), name: z.string().nullish() })),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** The id of `#name`; an id is given back as it is. */
export async function channelId(web: Pick<SlackWeb, 'call'>, channel: string): Promise<string> {
  const name = channel.replace(/^#/, '');
  if (ID.test(name)) return name;
  let cursor: string | null | undefined;
  for (let pages = 0; pages < MAX_PAGES && cursor !== ''; pages += 1) {
    const args = { types: 'public_channel,private_channel', exclude_archived: true, limit: 1_000 };
    const { channels, response_metadata: more } = page.parse(
      await web.call('conversations.list', cursor ? { ...args, cursor } : args),
    );
    const found = channels.find((each) => each.name === name.toLowerCase());
    if (found) return found.id;
    cursor = more?.next_cursor ?? '';
  }
  const hint = 'Name a channel that the bot sees: it must be invited to a private one first';
  throw new AppError('not_found', 'slack.channel_not_found', `There is no channel ${channel}`, { hint });
}
