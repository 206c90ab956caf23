import { z } from 'zod';

import { IdText, isSaneRange, Period, SANE_RANGE, wholeNumber } from '../fields.js';
import { defineRoute } from '../route.js';
import { AuditVerdict, AuditView } from '../views/audit.js';

const Seq = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const filter = {
  /** Only entries after this sequence number. */
  after: Seq.optional(),
  before: Seq.optional(),
  ...Period,
  name: z.string().min(1).max(64).optional(),
  /** A handle, an agent's name, or `system`. */
  actor: z.string().min(1).max(64).optional(),
  run: IdText.optional(),
};

export const auditRoutes = {
  'audit.list': defineRoute({
    id: 'audit.list',
    method: 'GET',
    path: '/v1/audit',
    scope: 'audit:read',
    summary: 'Who did what, newest first; the cursor is the last `seq`',
    query: z
      .strictObject({
        ...filter,
        limit: wholeNumber(1, 200).default(50),
        order: z.enum(['asc', 'desc']).default('desc'),
      })
      .refine(isSaneRange, SANE_RANGE),
    response: z.object({ data: z.array(AuditView), has_more: z.boolean() }),
  }),
  'audit.verify': defineRoute({
    id: 'audit.verify',
    method: 'GET',
    path: '/v1/audit/verify',
    scope: 'audit:read',
    summary: 'Walk the whole chain and say whether any link was changed',
    response: AuditVerdict,
  }),
  'audit.export': defineRoute({
    id: 'audit.export',
    method: 'GET',
    path: '/v1/audit/export',
    scope: 'audit:read',
    summary: 'The chain, oldest first, one JSON object a line: seq, at, body, prev, hash',
    query: z.strictObject(filter).refine(isSaneRange, SANE_RANGE),
    response: z.string(),
    stream: 'text',
    mediaType: 'application/x-ndjson',
  }),
} as const;
