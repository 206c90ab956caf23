import { z } from 'zod';

import { Instant } from '../fields.js';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

export const ActorView = z
  .union([
    z.object({ kind: z.literal('principal'), id: z.string(), handle: z.string() }),
    z.object({ kind: z.literal('agent'), id: z.string(), name: z.string() }),
    z.object({ kind: z.literal('system') }),
  ])
  .meta({ id: 'Actor' });
export type ActorView = z.infer<typeof ActorView>;

const eventFacts = {
  seq: z.int(),
  at: Instant,
  name: z.string(),
  actor: ActorView,
  /** As they were written down and hashed. */
  facts: z.record(z.string(), z.unknown()),
};

export const AuditView = z.object({ ...eventFacts, hash: Hash }).meta({ id: 'AuditEntry' });
export type AuditView = z.infer<typeof AuditView>;

/** What the live streams send: the audit trail as it is written. Its `seq` is the event's id. */
export const EventView = z.object(eventFacts).meta({ id: 'Event' });
export type EventView = z.infer<typeof EventView>;

/** One line of an export: all that is needed to check the chain without us. */
export const AuditLink = z
  .object({ seq: z.int(), at: z.string(), body: z.string(), prev: Hash, hash: Hash })
  .meta({ id: 'AuditLink' });
export type AuditLink = z.infer<typeof AuditLink>;

export const AuditVerdict = z
  .object({
    ok: z.boolean(),
    checked: z.int(),
    from: z.int(),
    to: z.int(),
    head: z.string(),
    break: z
      .object({ seq: z.int(), at: z.string(), why: z.string(), expected: z.string(), found: z.string() })
      .optional(),
  })
  .meta({ id: 'AuditVerdict' });
export type AuditVerdict = z.infer<typeof AuditVerdict>;
