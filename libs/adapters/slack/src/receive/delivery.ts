import { z } from 'zod';

import {
  blockActions,
  isServedEvent,
  servedEvent,
  viewSubmission,
  type BlockActions,
  type ServedEvent,
  type ViewSubmission,
} from './shapes.js';

/** One thing that Slack delivered, read far enough that Bolt can neither stumble over it nor drop it. */
export type Delivered =
  | { kind: 'event'; event: ServedEvent }
  | { kind: 'press'; press: BlockActions }
  | { kind: 'submission'; submission: ViewSubmission };

/** Not to be delivered again. `isRefused` when it should never have come, and so goes on record. */
export interface Ignored {
  kind: 'ignored';
  why: string;
  isRefused: boolean;
}

const envelope = z.object({
  team_id: z.string(),
  is_ext_shared_channel: z.boolean().nullish(),
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).nullish(),
  event: z.object({ type: z.string() }),
});

export function readDelivery(body: Record<string, unknown>, teamId: string): Delivered | Ignored {
  if (body.type === 'event_callback') return readEvent(body, teamId);
  if (body.type === 'block_actions') return readPress(body, teamId);
  if (body.type === 'view_submission') return readSubmission(body, teamId);
  return unserved(typeof body.command === 'string' ? 'command' : body.type);
}

function readPress(body: Record<string, unknown>, teamId: string): Delivered | Ignored {
  const { data: press } = blockActions.safeParse(body);
  if (!press) return refused('press_unreadable');
  return press.team?.id === teamId ? { kind: 'press', press } : refused('team_unknown');
}

function readSubmission(body: Record<string, unknown>, teamId: string): Delivered | Ignored {
  const { data: submission } = viewSubmission.safeParse(body);
  if (!submission) return refused('submission_unreadable');
  const teams = [submission.team?.id, submission.view.app_installed_team_id];
  return teams.includes(teamId) ? { kind: 'submission', submission } : refused('team_unknown');
}

function readEvent(body: Record<string, unknown>, teamId: string): Delivered | Ignored {
  const outer = envelope.safeParse(body);
  if (!outer.success) return refused('event_unreadable');
  if (!isForTeam(outer.data, teamId)) return refused('team_unknown');
  if (!isServedEvent(outer.data.event.type)) return unserved(outer.data.event.type);
  const event = servedEvent.safeParse(body.event);
  return event.success ? { kind: 'event', event: event.data } : refused('event_unreadable');
}

/** In a channel shared with another company the outer team may be theirs; the authorization is ours. */
function isForTeam(outer: z.infer<typeof envelope>, teamId: string): boolean {
  if (outer.team_id === teamId) return true;
  if (outer.is_ext_shared_channel !== true) return false;
  return outer.authorizations?.some(({ team_id }) => team_id === teamId) ?? false;
}

function refused(why: string): Ignored {
  return { kind: 'ignored', why, isRefused: true };
}

function unserved(type: unknown): Ignored {
  const name = typeof type === 'string' && /^[\w.]{1,40}$/.test(type) ? type : 'unknown';
  return { kind: 'ignored', why: `unserved.${name}`, isRefused: false };
}
