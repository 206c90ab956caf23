import { z } from 'zod';

import { AgentName, HandleText, Instant, UsdAmount } from '../fields.js';

/** As `agent-spec` finds it; only an `error` keeps a file from being applied. */
export const AgentProblem = z
  .object({
    severity: z.enum(['error', 'warning', 'note']),
    code: z.string(),
    message: z.string(),
    file: z.string(),
    line: z.int(),
    column: z.int(),
    path: z.string(),
    suggestion: z.string().exactOptional(),
    hint: z.string().exactOptional(),
  })
  .meta({ id: 'AgentProblem' });
export type AgentProblem = z.infer<typeof AgentProblem>;

export const AgentFile = z
  .strictObject({ file: z.string().min(1).max(1024), text: z.string().max(1_000_000) })
  .meta({ id: 'AgentFile' });
export type AgentFile = z.infer<typeof AgentFile>;

const Files = z.array(AgentFile).min(1).max(500);

export const ApplyAgents = z
  .strictObject({
    files: Files,
    /** Plan only. */
    dry_run: z.boolean().default(false),
    message: z.string().max(500).optional(),
    /** The revision each agent had when the plan was seen; 0 for one that did not exist. Otherwise 409. */
    expect: z.record(AgentName, z.int().min(0)).optional(),
  })
  .meta({ id: 'ApplyAgents' });

export const AgentFiles = z.strictObject({ files: Files }).meta({ id: 'AgentFiles' });

/** `before` and `after` are absent when there is nothing on that side. */
export const FieldChange = z
  .object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })
  .meta({ id: 'FieldChange' });
export type FieldChange = z.infer<typeof FieldChange>;

const planEntry = {
  name: z.string(),
  workspace: z.string(),
  change: z.enum(['create', 'change', 'unchanged']),
  /** 0 when there was none. */
  revision_before: z.int(),
  revision_after: z.int(),
  changes: z.array(FieldChange),
  /** In words, one line for each thing the agent may do more freely than before. */
  widens: z.array(z.string()),
};

export const PlanEntry = z.object(planEntry).meta({ id: 'PlanEntry' });
export type PlanEntry = z.infer<typeof PlanEntry>;

const planFacts = {
  /** All or nothing: false with a problem of severity `error`, and in a dry run. */
  applied: z.boolean(),
  problems: z.array(AgentProblem),
  approvers: z.array(z.object({ agent: z.string(), handle: HandleText, name: z.string().nullable() })),
};

export const ApplyPlan = z.object({ ...planFacts, agents: z.array(PlanEntry) }).meta({ id: 'ApplyPlan' });
export type ApplyPlan = z.infer<typeof ApplyPlan>;

/** Whole documents as YAML, every default filled in; empty when there is none on that side. */
export const DiffEntry = z
  .object({ ...planEntry, before: z.string(), after: z.string() })
  .meta({ id: 'DiffEntry' });

export const AgentDiff = z.object({ ...planFacts, agents: z.array(DiffEntry) }).meta({ id: 'AgentDiff' });
export type AgentDiff = z.infer<typeof AgentDiff>;

export const AgentProblems = z.object({ problems: z.array(AgentProblem) }).meta({ id: 'AgentProblems' });

export const BudgetView = z
  .object({
    agent: z.string(),
    monthly_usd: UsdAmount.nullable(),
    per_task_usd: UsdAmount.nullable(),
    on_exceeded: z.enum(['block', 'warn']),
    spent_usd: UsdAmount,
    simulated_spent_usd: UsdAmount,
    resets_at: Instant,
  })
  .meta({ id: 'Budget' });
export type BudgetView = z.infer<typeof BudgetView>;

const agentFacts = {
  id: z.string(),
  name: z.string(),
  workspace: z.string(),
  state: z.enum(['active', 'paused']),
  revision: z.int(),
  digest: z.string(),
  description: z.string(),
  /** `slack #dev-platform`. */
  surfaces: z.array(z.string()),
  model: z.string(),
  budget: BudgetView,
  /** Approvals waiting for a person. */
  held: z.int(),
  last_run_at: Instant.nullable(),
  updated_at: Instant,
};

export const AgentSummary = z.object(agentFacts).meta({ id: 'AgentSummary' });
export type AgentSummary = z.infer<typeof AgentSummary>;

export const AgentPermission = z
  .object({
    permission: z.string(),
    /** `null` when no tool with it is installed. */
    effect: z.enum(['read', 'write']).nullable(),
    /** `ask`: held until a person approves. `missing`: granted, but nothing can run it. */
    gate: z.enum(['allow', 'ask', 'missing']),
  })
  .meta({ id: 'AgentPermission' });

export const AgentView = z
  .object({
    ...agentFacts,
    permissions: z.array(AgentPermission),
    /** `name` is null while nobody holds the handle. */
    approvers: z.array(z.object({ handle: HandleText, name: z.string().nullable() })),
    min_approvals: z.int(),
    self_approval: z.enum(['deny', 'allow']),
    /** The whole document as YAML, every default filled in; applies again as unchanged. */
    effective: z.string(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Agent' });
export type AgentView = z.infer<typeof AgentView>;

const revisionFacts = {
  agent: z.string(),
  revision: z.int(),
  digest: z.string(),
  message: z.string().nullable(),
  /** A handle, or `system`. */
  applied_by: z.string(),
  created_at: Instant,
};

export const RevisionSummary = z.object(revisionFacts).meta({ id: 'RevisionSummary' });
export type RevisionSummary = z.infer<typeof RevisionSummary>;

export const RevisionView = z.object({ ...revisionFacts, effective: z.string() }).meta({ id: 'Revision' });
