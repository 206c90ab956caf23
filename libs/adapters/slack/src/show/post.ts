import type { Shown } from '@openloop/surfaces';
import { z } from 'zod';

import { SlackError, slackErrorOf } from '../web/slack-error.js';
import type { SlackWeb } from '../web/slack-web.js';
import type { SlackContent } from './approval-blocks.js';
import { placeOf, refOf, type Place } from './places.js';
import { EVENT_TYPE, postedAlready } from './posted-already.js';
import { verdictOn } from './verdict.js';

export interface ToPost {
  deliveryId: string;
  thread: Place;
  contents: readonly SlackContent[];
  refs: readonly string[];
  mustLook: boolean;
}

const postedSchema = z.object({ channel: z.string(), ts: z.string() });
/** Nothing in a text of ours is to be read as a name, a channel or an address. */
const AS_WRITTEN = { parse: 'none', link_names: false } as const;

/**
 * Makes the thread show exactly these messages: edits those that are there, posts those that are missing. Each is
 * posted once: where an earlier try is in doubt, the thread is asked first.
 */
export async function postAll(web: SlackWeb, wanted: ToPost): Promise<Shown> {
  const refs = [...wanted.refs];
  try {
    if (wanted.mustLook && refs.length < wanted.contents.length) await adopt(web, { wanted, refs });
    for (const [part, content] of wanted.contents.entries()) {
      const ref = refs[part];
      if (ref === undefined) refs.push(await post(web, { wanted, content, part }));
      else await edit(web, { wanted, content, part, ref });
    }
    for (const ref of refs.splice(wanted.contents.length)) await remove(web, ref);
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return verdictOn(error, refs);
  }
  return { kind: 'shown', refs };
}

interface Part {
  wanted: ToPost;
  content: SlackContent;
  part: number;
}

/** Takes what was posted without our learning of it, up to the first part that is missing. */
async function adopt(web: SlackWeb, { wanted, refs }: { wanted: ToPost; refs: string[] }): Promise<void> {
  const found = await postedAlready(web, wanted);
  for (let ref = found.get(refs.length); ref !== undefined; ref = found.get(refs.length)) refs.push(ref);
}

/** After a doubtful end the thread is asked at once: most often the message is there. */
async function post(web: SlackWeb, part: Part): Promise<string> {
  const { channel } = part.wanted.thread;
  try {
    const answer = await web.call('chat.postMessage', postArgs(part), { channel });
    const posted = postedSchema.safeParse(answer);
    if (!posted.success) throw new SlackError('unreadable_answer', { isDefinite: false });
    return refOf(posted.data);
  } catch (thrown) {
    const error = slackErrorOf(thrown);
    const found = error.isDefinite ? undefined : await foundNow(web, part);
    if (found === undefined) throw error;
    return found;
  }
}

async function foundNow(web: SlackWeb, { wanted, part }: Part): Promise<string | undefined> {
  try {
    return (await postedAlready(web, wanted)).get(part);
  } catch (error) {
    if (error instanceof SlackError) return undefined;
    throw error;
  }
}

function postArgs({ wanted: { thread, deliveryId }, content, part }: Part): Record<string, unknown> {
  return {
    channel: thread.channel,
    thread_ts: thread.ts,
    ...content,
    ...AS_WRITTEN,
    unfurl_links: false,
    unfurl_media: false,
    metadata: markerOf(deliveryId, part),
  };
}

async function edit(web: SlackWeb, { wanted, content, part, ref }: Part & { ref: string }): Promise<void> {
  const { channel, ts } = placeOf(ref);
  const metadata = markerOf(wanted.deliveryId, part);
  await web.call('chat.update', { channel, ts, ...content, ...AS_WRITTEN, metadata }, { channel });
}

/** A part that the answer does not have any more. */
async function remove(web: SlackWeb, ref: string): Promise<void> {
  const { channel, ts } = placeOf(ref);
  try {
    await web.call('chat.delete', { channel, ts }, { channel });
  } catch (error) {
    if (slackErrorOf(error).code !== 'message_not_found') throw error;
  }
}

function markerOf(deliveryId: string, part: number) {
  return { event_type: EVENT_TYPE, event_payload: { id: deliveryId, part } };
}
