import { z } from 'zod';

import {
  actionName,
  approver,
  count,
  duration,
  list,
  modelName,
  money,
  name,
  notifyTarget,
  permissionName,
  permissionPattern,
  quorum,
  share,
  text,
  timeout,
  toolName,
  workspaceName,
} from './schema-fields.js';

export const API_VERSION = 'openloop.ai/v1alpha1';
export const LATER_API_VERSION = 'openloop.team/v1alpha1';

const SURFACE_TYPES = [
  'slack',
  'discord',
  'zoom',
  'github',
  'linear',
  'telegram',
  'web',
  'terminal',
] as const;

const Metadata = z.strictObject({
  name: name.meta({ description: 'Unique in the workspace: what people mention and commands take.' }),
  workspace: workspaceName.meta({ description: 'The workspace that owns the agent.' }),
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/, { error: 'invalid_id: an id is 32 hex digits' })
    .optional()
    .meta({ description: 'A stable id (32 hex digits); optional.' }),
});

const Surface = z.strictObject({
  type: z.enum(SURFACE_TYPES).meta({ description: 'The chat product.' }),
  channel: text(100).optional().meta({
    description: 'Where the agent answers, like "#dev-platform" (quoted). Absent: every channel it is in.',
  }),
  respond_to: z
    .enum(['mention', 'addressed', 'thread', 'all'])
    .default('addressed')
    .meta({ description: 'addressed: a mention starts a thread, later replies in it reach the agent too.' }),
  progress: z
    .enum(['checklist', 'status', 'quiet'])
    .default('checklist')
    .meta({ description: 'How work is shown.' }),
});

const Memory = z.strictObject({
  scope: z
    .enum(['channel', 'agent', 'workspace'])
    .default('channel')
    .meta({ description: 'Who shares a memory.' }),
  backend: z.enum(['postgres']).default('postgres').meta({ description: 'Where memories are kept.' }),
  retention_days: count(1, 3650)
    .default(90)
    .meta({ description: 'Memories are forgotten after this many days.' }),
});

const Route = z.strictObject({
  match: z
    .strictObject({
      task: text(100)
        .min(1, { error: 'route_never_matches: an empty task never matches' })
        .optional()
        .meta({ description: 'The kind of task, as the surface or the API names it.' }),
    })
    .meta({ description: 'What a task must be for this route, like { task: summarize }.' }),
  model: modelName.meta({ description: 'provider/model.' }),
});

const ModelPolicy = z.strictObject({
  default: modelName.meta({ description: 'provider/model, when no route matches.' }),
  routes: list(Route).default([]).meta({ description: 'The first route that matches is taken.' }),
});

const Tool = z.strictObject({
  name: toolName.meta({ description: 'A built-in tool, or your name for an MCP server.' }),
  type: z.enum(['native', 'mcp']).meta({ description: 'Built in, or an MCP server.' }),
  server: text(2000).optional().meta({
    description:
      'The MCP server: http(s), or stdio:NAME for a program that the operator declared. May hold ${env:NAME}.',
  }),
  permissions: list(permissionName, 100)
    .default([])
    .meta({ description: 'What the agent may use; for MCP the exact names of the server’s tools.' }),
  reads: list(permissionName, 100).default([]).meta({
    description:
      'Which of an MCP server’s permissions only read, on your word. All others are writes, and held.',
  }),
  timeout: timeout
    .optional()
    .meta({ description: 'How long one call of an MCP server may take, at most 30s; 30s when absent.' }),
  credentials: text(200).nullish().meta({
    description:
      'The name of the credentials to use, or ${env:NAME}; an MCP server gets it as a bearer token.',
  }),
  headers: z
    .record(z.string(), text(2000))
    .default({})
    .meta({ description: 'Sent to the MCP server. Secrets only as ${env:NAME}.' }),
});

const Grants = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether an approver may allow an action for a while.' }),
  max_ttl: duration.default('1h').meta({ description: 'The longest such allowance.' }),
  scopes: list(z.enum(['thread', 'channel']))
    .default(['thread'])
    .meta({ description: 'How far it may reach.' }),
  forbid_for: list(permissionPattern)
    .default([])
    .meta({ description: 'Never for these; * stands for anything.' }),
});

const Approvals = z.strictObject({
  require_for: list(actionName, 100)
    .default([])
    .meta({ description: 'Actions a person must approve, like github.issues:write.' }),
  approvers: list(approver)
    .default([])
    .meta({ description: 'Handles of people and groups who may approve, like "@priya".' }),
  min_approvals: quorum.default(1).meta({ description: 'How many different people must approve.' }),
  self_approval: z
    .enum(['deny', 'allow'])
    .default('deny')
    .meta({ description: 'Whether who asked may approve; never at high risk.' }),
  expires_after: duration
    .default('24h')
    .meta({ description: 'Undecided for this long, the action is denied.' }),
  remind_after: z
    .union([z.literal('never'), duration], { error: 'duration_out_of_range: a duration 1m..30d, or never' })
    .optional()
    .meta({
      description:
        'When approvers are reminded, once. Half of expires_after when absent; never for not at all.',
    }),
  on_expiry: z.enum(['deny']).default('deny').meta({ description: 'Nothing is ever approved by waiting.' }),
  notify: list(notifyTarget).default(['thread']).meta({ description: 'thread, dm or channel:#name.' }),
  decide_in: list(z.enum(['any', 'console', ...SURFACE_TYPES]))
    .min(1, { error: 'not_one_of: name at least one place, or any' })
    .default(['any'])
    .meta({ description: 'Where a decision counts.' }),
  grants: Grants.prefault({}).meta({ description: 'Approvals that last for a while.' }),
  sample_rate: z
    .number({ error: 'out_of_range: must be 0..1' })
    .min(0, { error: 'out_of_range: must be 0..1' })
    .max(1, { error: 'out_of_range: must be 0..1' })
    .default(0)
    .meta({ description: 'Also hold this random share of other calls, 0 to 1.' }),
});

const Budget = z.strictObject({
  monthly_usd: money.nullish().meta({ description: 'The most the agent may spend in a calendar month.' }),
  per_task_usd: money.nullish().meta({ description: 'The most one task may spend.' }),
  on_exceeded: z.enum(['block', 'warn']).default('block').meta({ description: 'What happens at the limit.' }),
  warn_at: list(share)
    .default([0.8, 1])
    .meta({ description: 'Shares of the monthly budget that are announced.' }),
});

const Limits = z.strictObject({
  max_concurrent_tasks: count(1, 1000).nullish().meta({ description: 'Tasks at the same time.' }),
  tasks_per_minute: count(1, 10_000).nullish().meta({ description: 'Tasks started in any minute.' }),
  max_steps: count(1, 100).default(16).meta({ description: 'Model replies in one task.' }),
  max_minutes: count(1, 1440)
    .default(15)
    .meta({ description: 'Minutes of work in one task; waiting for a person does not count.' }),
});

const Spec = z.strictObject({
  description: text(500).default('').meta({ description: 'One line for people.' }),
  instructions: text(20_000).default('').meta({ description: 'What the agent is told before every task.' }),
  surfaces: list(Surface).default([]).meta({ description: 'Where people reach the agent.' }),
  memory: Memory.prefault({}).meta({ description: 'What the agent remembers, and for whom.' }),
  model_policy: ModelPolicy.meta({ description: 'Which model does what.' }),
  tools: list(Tool).default([]).meta({ description: 'All that the agent can do; nothing else is allowed.' }),
  approvals: Approvals.prefault({}).meta({ description: 'What waits for a person, and for whom.' }),
  budget: Budget.prefault({}).meta({ description: 'What the agent may spend.' }),
  limits: Limits.prefault({}).meta({ description: 'How much the agent may do.' }),
});

/** The document as it is written: snake_case, durations as text, money in USD. Unknown keys are refused. */
export const AgentSchema = z
  .strictObject({
    apiVersion: z.enum([API_VERSION, LATER_API_VERSION]).meta({ description: 'The version of this format.' }),
    kind: z.enum(['Agent']).default('Agent').meta({ description: 'May be left out.' }),
    metadata: Metadata.meta({ description: 'Who the agent is.' }),
    spec: Spec.meta({ description: 'What the agent is for, and what it may do.' }),
  })
  .meta({ title: 'OpenLoop agent', description: 'A team agent, as code.' });

/** A document that fits the schema, defaults filled. */
export type WrittenAgent = z.output<typeof AgentSchema>;
