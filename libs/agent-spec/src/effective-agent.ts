import { microsFromUsd, usdFromMicros, type Handle, type MicroUsd, type Permission } from '@openloop/kernel';

import type { Agent, AgentTool } from './agent.js';
import { durationFromMs, msFromDuration, msFromTimeout } from './duration.js';
import { API_VERSION, type WrittenAgent } from './schema.js';

type Model = `${string}/${string}`;

const MINUTE_MS = 60_000;
const MCP_DEFAULTS = { reads: [], timeoutMs: 30_000 };

/** The document as written → the agent it means. The document must have passed the schema. */
export function agentFrom({ metadata, spec }: WrittenAgent): Agent {
  return {
    name: metadata.name,
    workspace: metadata.workspace,
    id: metadata.id ?? null,
    description: spec.description,
    instructions: spec.instructions,
    surfaces: spec.surfaces.map(({ type, channel, respond_to, progress }) => {
      return { type, channel: channel ?? null, respondTo: respond_to, progress };
    }),
    memory: {
      scope: spec.memory.scope,
      backend: spec.memory.backend,
      retentionDays: spec.memory.retention_days,
    },
    modelPolicy: {
      default: spec.model_policy.default as Model, // the schema's pattern has the slash
      routes: spec.model_policy.routes.map(({ match, model }) => {
        return { match: { task: match.task ?? '' }, model: model as Model }; // as above
      }),
    },
    tools: spec.tools.map(toolFrom),
    approvals: approvalsFrom(spec.approvals),
    budget: {
      monthlyMicros: micros(spec.budget.monthly_usd),
      perTaskMicros: micros(spec.budget.per_task_usd),
      onExceeded: spec.budget.on_exceeded,
      warnAt: [...new Set(spec.budget.warn_at)].toSorted((a, b) => a - b),
    },
    limits: {
      maxConcurrentTasks: spec.limits.max_concurrent_tasks ?? null,
      tasksPerMinute: spec.limits.tasks_per_minute ?? null,
      maxSteps: spec.limits.max_steps,
      maxMinutes: spec.limits.max_minutes,
    },
  };
}

/** The agent → the whole document, nothing left to a default: what is hashed, compared and shown. */
export function documentOf(agent: Agent) {
  const { approvals, budget, limits, memory, modelPolicy } = agent;
  return {
    apiVersion: API_VERSION,
    kind: 'Agent',
    metadata: { name: agent.name, workspace: agent.workspace, ...present({ id: agent.id }) },
    spec: {
      description: agent.description,
      instructions: agent.instructions,
      surfaces: agent.surfaces.map(({ type, channel, respondTo, progress }) => {
        return { type, ...present({ channel }), respond_to: respondTo, progress };
      }),
      memory: { scope: memory.scope, backend: memory.backend, retention_days: memory.retentionDays },
      // Named one by one: a revision read back from the database has its keys in another order.
      model_policy: {
        default: modelPolicy.default,
        routes: modelPolicy.routes.map(({ match, model }) => ({ match: { task: match.task }, model })),
      },
      tools: agent.tools.map(toolDocument),
      approvals: approvalsDocument(approvals),
      budget: {
        ...present({ monthly_usd: usd(budget.monthlyMicros), per_task_usd: usd(budget.perTaskMicros) }),
        on_exceeded: budget.onExceeded,
        warn_at: budget.warnAt,
      },
      limits: {
        ...present({
          max_concurrent_tasks: limits.maxConcurrentTasks,
          tasks_per_minute: limits.tasksPerMinute,
        }),
        max_steps: limits.maxSteps,
        max_minutes: limits.maxMinutes,
      },
    },
  };
}

function toolFrom(written: WrittenAgent['spec']['tools'][number]): AgentTool {
  const { name, type, permissions, credentials, server, headers, reads, timeout } = written;
  const facts = { name, permissions: [...new Set(permissions)], credentials: credentials ?? null };
  if (type === 'native') return { type, ...facts };
  const timeoutMs = msFromTimeout(timeout ?? '') ?? MCP_DEFAULTS.timeoutMs;
  return { type, ...facts, server: server ?? '', headers, reads: [...new Set(reads)], timeoutMs };
}

function toolDocument(tool: AgentTool) {
  const { name, type, permissions, credentials } = tool;
  const facts = { name, type, permissions, ...present({ credentials }) };
  if (tool.type === 'native') return facts;
  // Revisions written before there were `reads` and `timeout` have neither.
  const { server, headers, reads, timeoutMs } = { ...MCP_DEFAULTS, ...tool };
  return { ...facts, server, headers, reads, timeout: durationFromMs(timeoutMs) };
}

function approvalsFrom(written: WrittenAgent['spec']['approvals']): Agent['approvals'] {
  const expiresAfterMs = ms(written.expires_after);
  return {
    requireFor: [...new Set(written.require_for)] as Permission[], // the schema's pattern has the dot
    approvers: [...new Set(written.approvers)] as Handle[], // the schema's pattern begins with @
    minApprovals: written.min_approvals,
    selfApproval: written.self_approval,
    expiresAfterMs,
    remindAfterMs: remindAfter(written.remind_after, expiresAfterMs),
    onExpiry: written.on_expiry,
    notify: written.notify,
    decideIn: written.decide_in,
    grants: {
      enabled: written.grants.enabled,
      maxTtlMs: ms(written.grants.max_ttl),
      scopes: written.grants.scopes,
      forbidFor: written.grants.forbid_for,
    },
    sampleRate: written.sample_rate,
  };
}

function approvalsDocument(approvals: Agent['approvals']) {
  const { grants } = approvals;
  return {
    require_for: approvals.requireFor,
    approvers: approvals.approvers,
    min_approvals: approvals.minApprovals,
    self_approval: approvals.selfApproval,
    expires_after: durationFromMs(approvals.expiresAfterMs),
    remind_after: approvals.remindAfterMs === null ? 'never' : durationFromMs(approvals.remindAfterMs),
    on_expiry: approvals.onExpiry,
    notify: approvals.notify,
    decide_in: approvals.decideIn,
    grants: {
      enabled: grants.enabled,
      max_ttl: durationFromMs(grants.maxTtlMs),
      scopes: grants.scopes,
      forbid_for: grants.forbidFor,
    },
    sample_rate: approvals.sampleRate,
  };
}

/** Half of the time there is, in whole minutes; never when that is no minute. */
function remindAfter(written: string | undefined, expiresAfterMs: number): number | null {
  if (written !== undefined) return written === 'never' ? null : ms(written);
  const half = Math.floor(expiresAfterMs / 2 / MINUTE_MS) * MINUTE_MS;
  return half === 0 ? null : half;
}

function ms(written: string): number {
  return msFromDuration(written) ?? 0;
}

function micros(dollars: number | null | undefined): MicroUsd | null {
  return dollars === null || dollars === undefined ? null : microsFromUsd(dollars);
}

function usd(amount: MicroUsd | null): number | null {
  return amount === null ? null : Number(usdFromMicros(amount));
}

function present<T extends object>(members: T): Partial<T> {
  const kept = Object.entries(members).filter(([, value]) => value !== null);
  return Object.fromEntries(kept) as Partial<T>; // a subset of the members of T
}
