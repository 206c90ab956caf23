import { z } from 'zod';

const id = z.string().regex(/^\w{1,64}$/);
const ts = z.string().regex(/^\d{1,12}\.\d{1,9}$/);
const flag = z.boolean().nullish();

const messageFields = {
  channel: id,
  ts,
  thread_ts: ts.nullish(),
  user: id.nullish(),
  /** Whose workspace the author belongs to, as far as the event says. */
  user_team: id.nullish(),
  team: id.nullish(),
  text: z.string().nullish(),
  channel_type: z.string().nullish(),
  subtype: z.string().nullish(),
  bot_id: z.string().nullish(),
  hidden: flag,
  edited: z.unknown().optional(),
};

const reactionFields = {
  user: id,
  reaction: z.string(),
  item_user: id.nullish(),
  item: z.object({ type: z.string(), channel: id.nullish(), ts: ts.nullish() }),
};

/** The events that are served. Whatever else Slack sends is ignored by name. */
export const servedEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), ...messageFields }),
  z.object({ type: z.literal('app_mention'), ...messageFields }),
  z.object({ type: z.literal('reaction_added'), ...reactionFields }),
  z.object({ type: z.literal('reaction_removed'), ...reactionFields }),
  z.object({ type: z.literal('subteam_members_changed'), subteam_id: id }),
  z.object({ type: z.literal('subteam_updated'), subteam: z.object({ id }) }),
  z.object({ type: z.literal('agent_session_stopped'), user: id, channel: id, thread_ts: ts }),
]);

const person = z.object({ id, team_id: id.nullish() });
const team = z.object({ id }).nullish();

export const blockActions = z.object({
  type: z.literal('block_actions'),
  user: person,
  team,
  channel: z.object({ id }).nullish(),
  container: z
    .object({ channel_id: id.nullish(), message_ts: ts.nullish(), thread_ts: ts.nullish() })
    .nullish(),
  message: z.object({ ts: ts.nullish(), thread_ts: ts.nullish() }).nullish(),
  trigger_id: z.string().nullish(),
  actions: z.array(z.object({ action_id: z.string().nullish(), value: z.unknown().optional() })),
});

const field = z.object({
  type: z.string().nullish(),
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

export const viewSubmission = z.object({
  type: z.literal('view_submission'),
  user: person,
  team,
  view: z.object({
    callback_id: z.string(),
    private_metadata: z.string(),
    app_installed_team_id: id.nullish(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), field)) }),
  }),
});

const serving = new Set(servedEvent.options.map(({ shape }) => shape.type.value as string));

export function isServedEvent(type: string): boolean {
  return serving.has(type);
}

export type ServedEvent = z.infer<typeof servedEvent>;
export type MessageEvent = Extract<ServedEvent, { type: 'message' | 'app_mention' }>;
export type ReactionEvent = Extract<ServedEvent, { type: 'reaction_added' | 'reaction_removed' }>;
export type BlockActions = z.infer<typeof blockActions>;
export type ViewSubmission = z.infer<typeof viewSubmission>;
