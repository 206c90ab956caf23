import { z } from 'zod';

import { CardLine, HandleText, Instant } from '../fields.js';

export const ApprovalStatus = z
  .enum(['held', 'approved', 'denied', 'expired', 'cancelled', 'stale', 'answered'])
  .meta({ id: 'ApprovalStatus' });

/** A message made from the row, never by a model. Its text is plain: whoever shows it escapes it. */
export const CardView = z
  .object({
    headline: z.string(),
    lines: z.array(CardLine),
    args: z.array(CardLine),
    diff: z.string().nullable(),
    /** The agent's words, not verified. */
    stated_reason: z.string().nullable(),
    footer: z.string(),
    /** False when a value could not be shown whole: then it cannot be approved. */
    inspectable: z.boolean(),
  })
  .meta({ id: 'Card' });
export type CardView = z.infer<typeof CardView>;

export const VoteView = z
  .object({
    by: HandleText,
    verdict: z.enum(['approve', 'deny']),
    via: z.string(),
    at: Instant,
    reason: z.string().nullable(),
  })
  .meta({ id: 'Vote' });

/** `by` is null when time or a change ended it. */
export const DecisionView = z
  .object({
    verdict: z.enum(['approved', 'denied', 'expired', 'cancelled', 'stale']),
    by: HandleText.nullable(),
    via: z.string(),
    at: Instant,
    reason: z.string().nullable(),
  })
  .meta({ id: 'Decision' });
export type DecisionView = z.infer<typeof DecisionView>;

export const ActionOutcome = z
  .object({
    summary: z.string().nullable(),
    reason: z.string().nullable(),
    external_id: z.string().nullable(),
    url: z.string().nullable(),
  })
  .meta({ id: 'ActionOutcome' });

/** `approved` is not done: this says what became of it. */
export const ActionView = z
  .object({
    id: z.string(),
    state: z.enum(['held', 'ready', 'started', 'done', 'failed', 'unknown', 'needs_human', 'refused']),
    outcome: ActionOutcome.nullable(),
  })
  .meta({ id: 'Action' });
export type ActionView = z.infer<typeof ActionView>;

export const ApprovalView = z
  .object({
    id: z.string(),
    short_id: z.string(),
    kind: z.enum(['approve', 'choose', 'input']),
    status: ApprovalStatus,
    revision: z.int(),
    digest: z.string(),
    agent: z.string(),
    run: z.string().nullable(),
    permission: z.string(),
    summary: z.string(),
    target: z.string(),
    risk: z.enum(['low', 'medium', 'high']),
    risk_reason: z.string().nullable(),
    card: CardView,
    approvers: z.array(HandleText),
    min_approvals: z.int(),
    votes: z.array(VoteView),
    initiator: HandleText,
    self_approval: z.boolean(),
    created_at: Instant,
    decide_by: Instant,
    decision: DecisionView.nullable(),
    action: ActionView,
  })
  .meta({ id: 'Approval' });
export type ApprovalView = z.infer<typeof ApprovalView>;

const Reason = z.string().trim().max(2000);

export const ApproveApproval = z
  .strictObject({
    /** Of what was shown: whole, or its first 10 characters or more. An approval of anything else is refused. */
    digest: z.string().regex(/^[0-9a-f]{10,64}$/, 'must be 10 to 64 hex digits, as the card shows them'),
    reason: Reason.optional(),
  })
  .meta({ id: 'ApproveApproval' });

export const DenyApproval = z.strictObject({ reason: Reason.optional() }).meta({ id: 'DenyApproval' });
