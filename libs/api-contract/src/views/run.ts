import { z } from 'zod';

import { AgentName, Cost, HandleText, Instant, UsdAmount } from '../fields.js';
import { ActionView } from './approval.js';

export const RunStatus = z
  .enum(['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'RunStatus' });
export type RunStatus = z.infer<typeof RunStatus>;

const MOST_INPUT_CHARS = 40_000;

export const StartRun = z
  .strictObject({
    agent: AgentName,
    input: z.string().trim().min(1, 'must not be empty').max(MOST_INPUT_CHARS),
    /** Runs with one thread share a transcript; a new one is made when it is left out. */
    thread: z.string().min(1).max(200).optional(),
    labels: z.record(z.string().min(1).max(64), z.string().max(256)).optional(),
    surface: z.enum(['api', 'terminal', 'web']).default('api'),
  })
  .meta({ id: 'StartRun' });

export const RunView = z
  .object({
    id: z.string(),
    short_id: z.string(),
    agent: z.string(),
    revision: z.int(),
    status: RunStatus,
    surface: z.string(),
    thread: z.string(),
    initiator: HandleText,
    input: z.string(),
    answer: z.string().nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    steps: z.int(),
    cost: Cost,
    /** Ids of the approvals it waits for now. */
    approvals: z.array(z.string()),
    created_at: Instant,
    started_at: Instant.nullable(),
    finished_at: Instant.nullable(),
  })
  .meta({ id: 'Run' });
export type RunView = z.infer<typeof RunView>;

/** One call that a step asked for, and what became of it. */
export const CallView = z
  .object({
    /** The provider's id for the call. */
    id: z.string(),
    /** `null` when the model asked for something that does not exist. */
    permission: z.string().nullable(),
    name: z.string(),
    outcome: z.enum(['read', 'refused', 'failed', 'action', 'pending']),
    /** What it found, did or was refused for. */
    summary: z.string().nullable(),
    approval: z.string().nullable(),
    action: ActionView.nullable(),
    started_at: Instant.nullable(),
    finished_at: Instant.nullable(),
  })
  .meta({ id: 'Call' });
export type CallView = z.infer<typeof CallView>;

/** One model reply and the calls it made. */
export const StepView = z
  .object({
    step: z.int(),
    model: z.string(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    /** `null` when the model has no known price. */
    cost_usd: UsdAmount.nullable(),
    simulated: z.boolean(),
    text: z.string().nullable(),
    calls: z.array(CallView),
    started_at: Instant,
    finished_at: Instant.nullable(),
  })
  .meta({ id: 'Step' });
export type StepView = z.infer<typeof StepView>;

export const MessageView = z
  .object({
    seq: z.int(),
    role: z.enum(['user', 'agent']),
    author: z.string().nullable(),
    text: z.string(),
    run: z.string().nullable(),
    at: Instant,
  })
  .meta({ id: 'Message' });
