import type {
  ActionId,
  Actor,
  AgentId,
  ApprovalId,
  DeliveryId,
  Handle,
  KeyId,
  MicroUsd,
  Permission,
  PrincipalId,
  RunId,
} from '@openloop/kernel';

interface ActionFacts {
  actionId: ActionId;
  agentId: AgentId;
  runId?: RunId;
  permission: Permission;
  digest: string;
}

interface ApprovalFacts {
  approvalId: ApprovalId;
  agentId: AgentId;
  runId?: RunId;
  digest: string;
}

/** Every event there is, and what each one says. A new event is a new line here. */
export interface AuditFacts {
  'agent.applied': {
    agentId: AgentId;
    agent: string;
    revision: number;
    digest: string;
    widens: readonly string[];
  };
  'key.created': { keyId: KeyId; name: string; for: string; scopes: readonly string[] };
  'key.revoked': { keyId: KeyId; name: string };
  'run.started': { runId: RunId; agentId: AgentId; revision: number; surface: string };
  'run.refused': { agentId: AgentId; surface: string; reason: string };
  'run.waiting': { runId: RunId; agentId: AgentId; actions: readonly ActionId[] };
  'run.completed': { runId: RunId; agentId: AgentId; costMicros: MicroUsd; steps: number };
  'run.failed': { runId: RunId; agentId: AgentId; reason: string; detail: string };
  'run.cancel_requested': { runId: RunId; agentId: AgentId };
  'run.cancelled': { runId: RunId; agentId: AgentId; by: string | null };
  'model.replied': {
    runId: RunId;
    agentId: AgentId;
    model: string;
    costMicros: MicroUsd | null;
    flag?: string;
  };
  'call.refused': { runId: RunId; agentId: AgentId; permission: string; reason: string };
  'tool.read': { runId?: RunId; agentId: AgentId; permission: Permission; ok: boolean };
  'budget.refused': {
    runId: RunId;
    agentId: AgentId;
    scope: string;
    limitMicros: MicroUsd;
    spentMicros: MicroUsd;
  };
  'action.proposed': ActionFacts;
  'action.started': ActionFacts & { attempt: number };
  'action.done': ActionFacts & { externalId: string; adopted: boolean };
  'action.failed': ActionFacts & { reason: string };
  'action.postponed': ActionFacts & { reason: string };
  'action.unknown': ActionFacts & { reason: string };
  'action.needs_human': ActionFacts & { reason: string };
  'action.refused': ActionFacts & { reason: string };
  'approval.requested': ApprovalFacts & {
    permission: Permission;
    approvers: readonly string[];
    summary: string;
  };
  'approval.voted': ApprovalFacts & {
    verdict: 'approve' | 'deny';
    via: string;
    self: boolean;
    have: number;
    need: number;
  };
  'approval.decided': ApprovalFacts & { verdict: 'approved' | 'denied'; via: string; reason?: string };
  'approval.expired': ApprovalFacts;
  'approval.cancelled': ApprovalFacts;
  'approval.stale': ApprovalFacts & { reason: string };
  'delivery.failed': {
    deliveryId: DeliveryId;
    surface: string;
    thread: string;
    reason: string;
    agentId: AgentId;
    approvalId?: ApprovalId;
    runId?: RunId;
  };
  /** Turned away at a surface's door, before it concerned anybody. */
  'surface.refused': { surface: string; reason: string; facts: Readonly<Record<string, string | number>> };
  'person.admitted': { principalId: PrincipalId; handle: Handle; surface: string; account: string };
  'handle.resolved': {
    handle: Handle;
    surface: string;
    kind: 'person' | 'group';
    externalId: string;
    name: string;
  };
  'session.muted': { agentId: AgentId; surface: string; thread: string };
  'session.unmuted': { agentId: AgentId; surface: string; thread: string };
  'approval.refused': ApprovalFacts & { verdict: string; via: string; code: string };
}

export type AuditName = keyof AuditFacts;

export type AuditEvent = {
  [Name in AuditName]: { name: Name; actor: Actor; facts: AuditFacts[Name] };
}[AuditName];

/** Append-only: there is no update and no delete. What is appended joins the chain when the transaction commits. */
export interface AuditLog {
  append(event: AuditEvent): void;
}

/** A link of the chain as it is stored and exported. `body` is the event's canonical JSON, hashed as it stands. */
export interface AuditEntry {
  seq: number;
  /** ISO 8601, UTC, milliseconds. */
  at: string;
  body: string;
  prev: string;
  hash: string;
}

export interface AuditFilter {
  /** Only entries after this sequence number. */
  after?: number;
  before?: number;
  since?: Date;
  until?: Date;
  name?: string;
  actor?: string;
  agentId?: AgentId;
  runId?: RunId;
}

export interface AuditReader {
  list(filter: AuditFilter, page: { limit: number; order: 'asc' | 'desc' }): Promise<AuditEntry[]>;
  /** What the workspace says is the newest link. */
  head(): Promise<{ seq: number; hash: string }>;
}
