import { z } from 'zod';

import { AgentName, HandleText, Instant } from '../fields.js';

/** The unversioned shapes that earlier OpenLoop clients know (compatibility.md §1.2). Money is a number here. */
export const CompatUsage = z
  .object({
    agent: z.string(),
    workspace: z.string(),
    month_to_date_usd: z.number(),
    monthly_budget_usd: z.number().nullable(),
    per_task_budget_usd: z.number().nullable(),
    on_exceeded: z.enum(['block', 'warn']),
    limits: z
      .object({ max_concurrent_tasks: z.int().nullable(), tasks_per_minute: z.int().nullable() })
      .optional(),
  })
  .meta({ id: 'CompatUsage' });

export const CompatAuditRow = z
  .object({
    agent: z.string(),
    channel: z.string().nullable(),
    surface: z.string(),
    user: z.string(),
    task_kind: z.string().nullable(),
    model: z.string(),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    cost_usd: z.number(),
    outcome: z.enum(['ok', 'blocked', 'rate_limited', 'over_task_budget', 'error']),
    created_at: Instant,
  })
  .meta({ id: 'CompatAuditRow' });

export const CompatApproval = z
  .object({
    id: z.string(),
    action: z.string(),
    summary: z.string(),
    approvers: z.array(z.string()),
    requested_by: z.string(),
  })
  .meta({ id: 'CompatApproval' });

export const CompatInvocation = z
  .object({
    status: z.enum(['executed', 'pending_approval', 'forbidden', 'denied', 'started', 'approved', 'invalid']),
    message: z.string(),
    result: z.object({ ok: z.boolean(), summary: z.string(), data: z.unknown() }).nullable(),
    approval_id: z.string().nullable(),
    decided_by: z.string().nullable().optional(),
  })
  .meta({ id: 'CompatInvocation' });

export const ResolveApproval = z
  .strictObject({
    approve: z.boolean().default(true),
    /** Accepted only when it names the principal whose key is used. */
    approver: HandleText.optional(),
  })
  .meta({ id: 'ResolveApproval' });

export const InvokeTool = z
  .strictObject({
    action: z
      .string()
      .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_.:-]+$/, 'must look like github.issues:write')
      .max(200),
    args: z.record(z.string(), z.unknown()).default({}),
    /** Kept as words; who asks is whoever holds the key. */
    requested_by: z.string().max(200).optional(),
    /** Which agent's allowlist applies; the only one there is, when left out. */
    agent: AgentName.optional(),
  })
  .meta({ id: 'InvokeTool' });
