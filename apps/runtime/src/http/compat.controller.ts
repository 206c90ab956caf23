import type { Caller } from '@openloop/access';
import { propose } from '@openloop/actions';
import type { RegisteredAgent } from '@openloop/agents';
import type { ApprovalRecord } from '@openloop/approvals';
import { routes, type OutputOf } from '@openloop/api-contract';
import { actorOf, AppError, functionName, newId, randomChars, type Permission } from '@openloop/kernel';
import {
  allowedPermissions,
  isAllowed,
  judge,
  type ApprovalRule,
  type CheckedCall,
  type Grant,
} from '@openloop/policy';
import { DEFINITION_AGE_MS, pinnedOwner, wordsFor, type ToolCatalog } from '@openloop/tools';
import { Controller, Inject } from '@nestjs/common';

import type { Reads, System } from '../compose.js';
import { agentNamed, refusePaused } from './agents.controller.js';
import { approvalOf, decideAs } from './decisions.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';
import { settledAction } from './settled-action.js';
import { SYSTEM } from './system-token.js';

const {
  'compat.usage': usage,
  'compat.audit': audit,
  'compat.approvals': approvals,
  'compat.resolve': resolve,
  'compat.invoke': invoke,
} = routes;

type Invocation = OutputOf<typeof invoke>;

const MICROS_PER_USD = 1_000_000;
const KEY_CHARS = 26;
const READ_TIMEOUT_MS = 30_000;
const MOST_LISTED = 200;

/** The unversioned contract of earlier OpenLoops: their shapes, our rules. */
@Controller()
export class CompatController {
  constructor(@Inject(SYSTEM) private readonly system: System) {}

  @Endpoint(usage)
  async usage(@Call() { query, caller }: CallTo<typeof usage>): Promise<OutputOf<typeof usage>> {
    const reads = this.system.reads(caller.workspaceId);
    const { current, id } = query.agent ? await agentNamed(reads, query.agent) : await firstAgent(reads);
    const { budget, limits, name, workspace } = current.agent;
    const { realMicros } = await reads.usage.monthToDate(id);
    return {
      agent: name,
      workspace,
      month_to_date_usd: realMicros / MICROS_PER_USD,
      monthly_budget_usd: usdOrNull(budget.monthlyMicros),
      per_task_budget_usd: usdOrNull(budget.perTaskMicros),
      on_exceeded: budget.onExceeded,
      limits: { max_concurrent_tasks: limits.maxConcurrentTasks, tasks_per_minute: limits.tasksPerMinute },
    };
  }

  @Endpoint(audit)
  async audit(@Call() { query, caller }: CallTo<typeof audit>): Promise<OutputOf<typeof audit>> {
    const records = await this.system.reads(caller.workspaceId).usage.records(query);
    return records.map((record) => ({
      agent: record.agent,
      channel: record.channel,
      surface: record.surface,
      user: record.user,
      task_kind: record.taskKind,
      model: record.model,
      prompt_tokens: record.inputTokens,
      completion_tokens: record.outputTokens,
      cost_usd: (record.costMicros ?? 0) / MICROS_PER_USD,
      outcome: record.outcome,
      created_at: record.createdAt.toISOString(),
    }));
  }

  @Endpoint(approvals)
  async approvals(@Call() { caller }: CallTo<typeof approvals>): Promise<OutputOf<typeof approvals>> {
    const pending = await this.system
      .reads(caller.workspaceId)
      .approvals.list({ states: ['pending'] }, { limit: MOST_LISTED });
    return pending
      .filter(({ approval, now }) => approval.decideBy > now)
      .map(({ approval, initiator }) => ({
        id: approval.id,
        action: approval.permission,
        summary: approval.description.summary,
        approvers: [...approval.approvers],
        requested_by: initiator,
      }));
  }

  @Endpoint(resolve)
  async resolve(@Call() { params, body, caller, via }: CallTo<typeof resolve>): Promise<Invocation> {
    if (body.approver && body.approver !== caller.principal.handle) {
      throw new AppError('forbidden', 'approver_mismatch', `${body.approver} is not the holder of this key`, {
        hint: 'Leave approver out: whoever holds the key decides',
      });
    }
    const { approval } = await approvalOf(this.system, caller, params.id);
    // This contract has no place for a digest: the caller decides what the approval says now.
    const answer = { approvalId: approval.id, digest: null, reason: null, via };
    const result = await decideAs(this.system, caller, {
      ...answer,
      verdict: body.approve ? 'approve' : 'deny',
    });
    if (result.kind === 'voted') {
      const message = `${result.have} of ${result.need} approvals`;
      return { status: 'pending_approval', message, result: null, approval_id: approval.id };
    }
    return resolved(await settledAction(() => approvalOf(this.system, caller, approval.id)));
  }

  @Endpoint(invoke)
  async invoke(@Call() { body, caller }: CallTo<typeof invoke>): Promise<Invocation> {
    const permission = body.action as Permission; // the contract's pattern has the dot
    const agent = await this.#agentFor(caller, permission, body.agent);
    refusePaused(agent);
    const none = { result: null, approval_id: null };
    if (!isAllowed(permission, agent.current.agent)) {
      return {
        status: 'forbidden',
        message: `${permission} is not in ${agent.current.agent.name}'s tool allowlist`,
        ...none,
      };
    }
    const tools = await this.#toolsOf(agent, permission);
    const checked = tools.checkFor(permission, body.args);
    if (checked.kind === 'rejected') {
      const isMissing = tools.definitionDigest(permission) === null;
      return { status: isMissing ? 'forbidden' : 'invalid', message: checked.reason, ...none };
    }
    const verdict = judge(checked.call, agent.current.agent);
    if (verdict.kind === 'deny') return { status: 'forbidden', message: verdict.reason, ...none };
    if (verdict.kind === 'allow') return this.#read(caller, agent, { grant: verdict.grant, tools });
    return this.#hold(caller, agent, { call: checked.call, rule: verdict.rule, tools });
  }

  #toolsOf({ current }: RegisteredAgent, permission: Permission): Promise<ToolCatalog> {
    const functions = [functionName(permission)];
    return this.system.toolbox.of(pinnedOwner(current), { maxAgeMs: DEFINITION_AGE_MS, functions });
  }

  async #read(
    { workspaceId, principal }: Caller,
    { id: agentId }: RegisteredAgent,
    { grant, tools }: { grant: Grant; tools: ToolCatalog },
  ): Promise<Invocation> {
    const context = { signal: AbortSignal.timeout(READ_TIMEOUT_MS), effectKey: randomChars(KEY_CHARS) };
    const { permission } = grant.call;
    const found = await tools.read(grant, context).then(
      ({ summary, data }) => ({ ok: true, summary, data }),
      (error: unknown) => ({
        ok: false,
        summary: wordsFor(error),
        data: null,
      }),
    );
    await this.system.transact(workspaceId, async ({ audit: log }) =>
      log.append({
        name: 'tool.read',
        actor: actorOf(principal),
        facts: { agentId, permission, ok: found.ok },
      }),
    );
    return { status: 'executed', message: found.summary, result: found, approval_id: null };
  }

  async #hold(
    { workspaceId, principal }: Caller,
    { current }: RegisteredAgent,
    { call, rule, tools }: { call: CheckedCall; rule: ApprovalRule; tools: ToolCatalog },
  ): Promise<Invocation> {
    const description = tools.describe(call);
    const toolDigest = tools.definitionDigest(call.permission) ?? '';
    const approvalId = await this.system.transact(workspaceId, (stores) =>
      propose(stores, {
        actionId: newId('act'),
        workspaceId,
        revision: current,
        origin: null,
        call,
        description,
        toolDigest,
        rule,
        initiatorId: principal.id,
        statedReason: null,
        thread: null,
      }),
    );
    const who = rule.approvers.join(', ');
    const message = `⏳ Write action (${description.summary}) — approval required. ${who}: approve ${approvalId}?`;
    return { status: 'pending_approval', message, result: null, approval_id: approvalId };
  }

  /** The agent that was named, else the only one that may do this, else the only one there is. */
  async #agentFor(
    { workspaceId }: Caller,
    permission: Permission,
    name: string | undefined,
  ): Promise<RegisteredAgent> {
    const reads = this.system.reads(workspaceId);
    if (name) return agentNamed(reads, name);
    const agents = await reads.agents.list();
    const able = agents.filter(({ current }) => allowedPermissions(current.agent).includes(permission));
    const [only, other] = able.length > 0 ? able : agents;
    if (only && !other) return only;
    if (!only) throw noAgents();
    throw new AppError('invalid', 'agent_required', `Several agents could do this`, {
      hint: `Say which in \`agent\`: ${(able.length > 0 ? able : agents).map(({ current }) => current.agent.name).join(', ')}`,
    });
  }
}

function resolved({ approval, action }: ApprovalRecord): Invocation {
  const { state, decision, id } = approval;
  const about = { approval_id: id, decided_by: decision?.by ?? null };
  if (state !== 'approved') return { status: 'denied', message: 'action denied', result: null, ...about };

  const { summary, reason, data } = action.outcome ?? {};
  const words = String(summary ?? reason ?? '');
  switch (action.state) {
    case 'done':
      return { status: 'executed', message: words, result: { ok: true, summary: words, data }, ...about };
    case 'failed':
    case 'refused': {
      const message = `Approved, but it did not happen: ${words}`;
      return { status: 'approved', message, result: { ok: false, summary: words, data: null }, ...about };
    }
    default:
      return { status: 'started', message: 'Approved; its outcome is not known yet', result: null, ...about };
  }
}

async function firstAgent(reads: Reads): Promise<RegisteredAgent> {
  const [first] = await reads.agents.list();
  if (!first) throw noAgents();
  return first;
}

function noAgents(): AppError {
  return new AppError('not_found', 'agents.none', 'no agents configured', {
    hint: 'Apply one with `openloop apply -f FILE`',
  });
}

function usdOrNull(micros: number | null): number | null {
  return micros === null ? null : micros / MICROS_PER_USD;
}
