import { failed, warned, well, type Check } from '@openloop/surfaces';
import { z } from 'zod';

import { askSlack, type SlackPlace } from './ask-slack.js';
import { attempt } from './check-words.js';

const Channel = z.object({
  id: z.string(),
  name: z.string().default(''),
  is_member: z.boolean().default(false),
  is_archived: z.boolean().default(false),
});
type Channel = z.infer<typeof Channel>;

const ChannelPage = z.object({
  channels: z.array(Channel),
  response_metadata: z.object({ next_cursor: z.string().default('') }).optional(),
});

const PAGE = '1000';
/** More channels than this are not looked through: each page counts against the app's rate. */
const MOST_PAGES = 10;
const CHANNEL_ID = /^[CG][A-Z0-9]{6,}$/;

/** Whether each channel is there, is open, and has the bot in it. */
export async function channelChecks(
  place: SlackPlace,
  wanted: readonly string[],
  bot: string,
): Promise<Check[]> {
  const names = [...new Set(wanted)];
  if (names.length === 0) return [];
  const asked = await attempt('channels', () => listed(place));
  if ('check' in asked) return [asked.check];
  if ('error' in asked.answer) {
    const fix = 'Give the app channels:read and groups:read, and reinstall it; the manifest has both';
    return [failed('channels', `Slack did not list them: ${asked.answer.error}`, fix)];
  }
  const { channels, isWhole } = asked.answer;
  return names.map((name) => channelCheck({ wanted: name, bot, isWhole }, foundIn(channels, name)));
}

function foundIn(channels: readonly Channel[], name: string): Channel | undefined {
  const bare = name.replace(/^#/, '').toLowerCase();
  const same = channels.filter((channel) => channel.id === name || channel.name === bare);
  return same.find((channel) => !channel.is_archived) ?? same[0];
}

interface Looked {
  wanted: string;
  bot: string;
  isWhole: boolean;
}

function channelCheck(looked: Looked, channel: Channel | undefined): Check {
  const { wanted, bot } = looked;
  const name = `channel ${wanted}`;
  if (!channel) return missing(name, looked);
  if (channel.is_archived) {
    return failed(
      name,
      'it is archived',
      'Unarchive it in Slack, or name another channel in the agent’s file',
    );
  }
  if (!channel.is_member) {
    return warned(
      name,
      'the bot is not in it, so it hears and says nothing there',
      `In ${wanted} say: /invite @${bot}`,
    );
  }
  return well(name, `${channel.id}, the bot is in it`);
}

function missing(name: string, { wanted, bot, isWhole }: Looked): Check {
  if (!isWhole && !CHANNEL_ID.test(wanted)) {
    const words = 'not among the first 10,000 channels; nothing is known about it';
    return warned(name, words, 'Name it by its id (C…) to be sure');
  }
  const fix = `Correct the name in the agent’s file; a private channel is seen only after /invite @${bot}`;
  return failed(name, 'the bot sees no such channel', fix);
}

async function listed(
  place: SlackPlace,
): Promise<{ channels: Channel[]; isWhole: boolean } | { error: string }> {
  const channels: Channel[] = [];
  let cursor = '';
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await askSlack(place, 'conversations.list', {
      types: 'public_channel,private_channel',
      limit: PAGE,
      ...(cursor && { cursor }),
    });
    if (!answer.ok) return { error: answer.error ?? 'no reason given' };
    const read = ChannelPage.safeParse(answer.body);
    if (!read.success) return { error: 'its answer was not understood' };
    channels.push(...read.data.channels);
    cursor = read.data.response_metadata?.next_cursor ?? '';
    if (cursor === '') return { channels, isWhole: true };
  }
  return { channels, isWhole: false };
}
