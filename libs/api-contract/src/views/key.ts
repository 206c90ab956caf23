import { z } from 'zod';

import { HandleText, Instant } from '../fields.js';
import { Scope } from '../scopes.js';

const keyFacts = {
  id: z.string(),
  name: z.string(),
  /** Enough to recognise it by. */
  prefix: z.string(),
  scopes: z.array(Scope),
  for: HandleText,
  created_at: Instant,
  expires_at: Instant.nullable(),
  revoked_at: Instant.nullable(),
  last_used_at: Instant.nullable(),
};

export const KeyView = z.object(keyFacts).meta({ id: 'Key' });
export type KeyView = z.infer<typeof KeyView>;

/** The only time the key itself is shown. */
export const CreatedKey = z.object({ ...keyFacts, key: z.string() }).meta({ id: 'CreatedKey' });

export const CreateKey = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(Scope).min(1).max(20),
    /** Whom it acts for; a principal is made when nobody holds the handle. */
    for: HandleText,
    expires_in_days: z.int().min(1).max(3650).optional(),
  })
  .meta({ id: 'CreateKey' });

export const MeView = z
  .object({
    id: z.string(),
    handle: HandleText,
    name: z.string(),
    scopes: z.array(Scope),
    key: z.string(),
  })
  .meta({ id: 'Me' });
export type MeView = z.infer<typeof MeView>;
