import { z } from 'zod';

import { jsonObject } from '../receive/read-body.js';
import type { Place } from './place.js';

const MAX_CHARS = 3_000;

const schema = z.object({
  token: z.string().min(1),
  channel: z.string().nullable(),
  thread: z.string().nullable(),
  ts: z.string().nullable(),
});

/** What a Deny form must still know when it is sent. */
export type DenialMetadata = z.infer<typeof schema>;

/** `null` when Slack would not carry it. */
export function denyMetadata(token: string, { channel, thread, ts }: Place): string | null {
  const text = JSON.stringify({ token, channel, thread, ts } satisfies DenialMetadata);
  return text.length <= MAX_CHARS ? text : null;
}

export function readDenyMetadata(text: string): DenialMetadata | null {
  const read = schema.safeParse(jsonObject(text));
  return read.success ? read.data : null;
}
