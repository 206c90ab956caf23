import type { Meaning } from '@openloop/access';
import { effectiveYaml, type Agent, type Problem } from '@openloop/agent-spec';
import type { AppliedAgent, ApplyResult, Pin, RegisteredAgent, Revision } from '@openloop/agents';
import type {
  AgentSummary,
  AgentView,
  ApplyPlan,
  BudgetView,
  PlanEntry,
  RevisionSummary,
} from '@openloop/api-contract';
import { usdFromMicros, type Actor, type Permission } from '@openloop/kernel';
import { allowedPermissions } from '@openloop/policy';

import type { Reads, System } from '../compose.js';
import { absences } from './absences.js';

/** An agent with what is known of its month, its holds and its runs. */
export async function agentSummary(
  { id, state, updatedAt, current }: RegisteredAgent,
  reads: Reads,
): Promise<AgentSummary> {
  const { agent, revision, digest } = current;
  const [held, [lastRun], budget] = await Promise.all([
    reads.approvals.list({ agentId: id, states: ['pending'] }, { limit: 200 }),
    reads.runs.list({ agentId: id }, { limit: 1 }),
    budgetView(current, reads),
  ]);
  return {
    id,
    name: agent.name,
    workspace: agent.workspace,
    state,
    revision,
    digest,
    description: agent.description,
    surfaces: agent.surfaces.map(({ type, channel }) => (channel ? `${type} ${channel}` : type)),
    model: agent.modelPolicy.default,
    budget,
    held: held.length,
    last_run_at: lastRun?.createdAt.toISOString() ?? null,
    updated_at: updatedAt.toISOString(),
  };
}

export async function budgetView(
  { agentId, agent }: Pick<Revision, 'agentId' | 'agent'>,
  reads: Reads,
): Promise<BudgetView> {
  const { monthlyMicros, perTaskMicros, onExceeded } = agent.budget;
  const [spent, start] = await Promise.all([reads.usage.monthToDate(agentId), reads.usage.monthStart()]);
  return {
    agent: agent.name,
    monthly_usd: usdOrNull(monthlyMicros),
    per_task_usd: usdOrNull(perTaskMicros),
    on_exceeded: onExceeded,
    spent_usd: usdFromMicros(spent.realMicros),
    simulated_spent_usd: usdFromMicros(spent.simulatedMicros),
    resets_at: new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1)).toISOString(),
  };
}

export async function agentView(
  registered: RegisteredAgent,
  reads: Reads,
  system: System,
): Promise<AgentView> {
  const { agent } = registered.current;
  const known = knownEffects(agent, registered.current.pins, system);
  const approvers = await approversOf(agent, reads);
  return {
    ...(await agentSummary(registered, reads)),
    permissions: allowedPermissions(agent).map((permission) => {
      const effect = known.get(permission) ?? null;
      const isAsked = effect === 'write' || agent.approvals.requireFor.includes(permission);
      return { permission, effect, gate: effect === null ? 'missing' : isAsked ? 'ask' : 'allow' };
    }),
    approvers,
    min_approvals: agent.approvals.minApprovals,
    self_approval: agent.approvals.selfApproval,
    effective: effectiveYaml(agent),
    warnings: warningsOf(agent, approvers, system),
  };
}

/** What each permission does: a built-in tool says so itself, an MCP tool's administrator does. */
function knownEffects(
  agent: Agent,
  pins: readonly Pin[],
  { catalog }: System,
): Map<Permission, 'read' | 'write'> {
  const servers = new Map(
    agent.tools.flatMap((tool) => (tool.type === 'mcp' ? [[tool.name, tool] as const] : [])),
  );
  return new Map([
    ...catalog.permissions().map(({ permission, effect }) => [permission, effect] as const),
    ...pins.map(({ permission }) => {
      const dot = permission.indexOf('.');
      const isRead =
        servers.get(permission.slice(0, dot))?.reads.includes(permission.slice(dot + 1)) ?? false;
      return [permission, isRead ? 'read' : 'write'] as const;
    }),
  ]);
}

export async function approversOf({ approvals }: Agent, reads: Reads): Promise<AgentView['approvers']> {
  const meanings = await reads.people.meanings(approvals.approvers);
  return Promise.all(
    approvals.approvers.map(async (handle) => {
      const meaning = meanings.get(handle);
      if (meaning?.kind === 'group') return { handle, name: groupWords(meaning) };
      const person = meaning?.kind === 'person' ? await reads.people.find(meaning.id) : null;
      return { handle, name: person?.name ?? null };
    }),
  );
}

function groupWords({ surface, members }: Extract<Meaning, { kind: 'group' }>): string {
  return `a group in ${surface}, ${members.length} ${members.length === 1 ? 'person' : 'people'}`;
}

export function warningsOf(agent: Agent, approvers: AgentView['approvers'], system: System): string[] {
  return [
    ...approvers
      .filter(({ name }) => name === null)
      .map(({ handle }) => `Nobody is ${handle}: what only they may decide waits`),
    ...absences(agent, system).map(({ message }) => message),
  ];
}

export function revisionSummary({
  agent,
  revision,
  digest,
  message,
  appliedBy,
  createdAt,
}: Revision): RevisionSummary {
  return {
    agent: agent.name,
    revision,
    digest,
    message,
    applied_by: actorName(appliedBy),
    created_at: createdAt.toISOString(),
  };
}

function actorName(actor: Actor): string {
  if (actor.kind === 'principal') return actor.handle;
  return actor.kind === 'agent' ? actor.name : 'system';
}

/** `absent` is what `absentProblems` found in the same files. */
export async function planView(
  { isApplied, problems, agents }: ApplyResult,
  absent: readonly Problem[],
  reads: Reads,
): Promise<ApplyPlan> {
  const current = await Promise.all(agents.map(({ name }) => reads.agents.findByName(name)));
  const approvers = await Promise.all(
    current.flatMap((registered) => (registered ? [namedApprovers(registered.current.agent, reads)] : [])),
  );
  return {
    applied: isApplied,
    problems: [...problems, ...absent].map((problem) => ({ ...problem })),
    approvers: approvers.flat(),
    agents: agents.map(planEntry),
  };
}

async function namedApprovers(agent: Agent, reads: Reads): Promise<ApplyPlan['approvers']> {
  return (await approversOf(agent, reads)).map((approver) => ({ agent: agent.name, ...approver }));
}

/** An agent's document, with what its outside tools are as comments: a comparison shows both. */
export function documentWithPins(agent: Agent, pins: readonly Pin[]): string {
  if (pins.length === 0) return effectiveYaml(agent);
  const tools = pins
    .toSorted((a, b) => (a.permission < b.permission ? -1 : 1))
    .map(({ permission, server, definition }): [string, object] => [permission, { server, ...definition }]);
  const text = JSON.stringify(Object.fromEntries(tools), null, 2);
  return `${effectiveYaml(agent)}# Tools of MCP servers, as they were when this was applied:\n${text.replace(/^/gm, '# ')}\n`;
}

export function planEntry({
  name,
  workspace,
  kind,
  revisionBefore,
  revisionAfter,
  changes,
  widens,
}: AppliedAgent): PlanEntry {
  return {
    name,
    workspace,
    change: kind,
    revision_before: revisionBefore,
    revision_after: revisionAfter,
    changes: changes.map((change) => ({ ...change })),
    widens: [...widens],
  };
}

function usdOrNull(micros: number | null): string | null {
  return micros === null ? null : usdFromMicros(micros);
}
