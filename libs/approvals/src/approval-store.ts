import type { ActionId, AgentId, ApprovalId, Handle, Outbox, PrincipalId, RunId } from '@openloop/kernel';
import type { AuditLog } from '@openloop/ledger';

import type { Approval, Decision, Vote } from './approval.js';

/** An approval under its row lock, with the facts a decision needs, read at the same moment. */
export interface LockedApproval {
  approval: Approval;
  votes: readonly Vote[];
  /** The database clock. */
  now: Date;
  agent: { name: string; state: 'active' | 'paused'; authorityDigest: string };
}

export interface ApprovalStore {
  /** `id` may be the short form. Waits for whoever holds the row. */
  lock(id: ApprovalId): Promise<LockedApproval | null>;
  insert(
    approval: Omit<Approval, 'createdAt' | 'decideBy' | 'decision' | 'state' | 'revision'>,
    decideBy: Date,
  ): Promise<void>;
  /** False when this person had voted before; the first vote stands. */
  vote(
    approvalId: ApprovalId,
    vote: Pick<Vote, 'principalId' | 'verdict' | 'reason' | 'via'> & { digest: string },
  ): Promise<boolean>;
  /** From `pending`, under the lock. Stamped with the database clock. */
  close(approvalId: ApprovalId, decision: Omit<Decision, 'at'>): Promise<Date>;
  /** Every handle that means this person now; none when they are not there or disabled. */
  handlesOf(id: PrincipalId): Promise<Handle[]>;
  pendingOfRun(runId: RunId): Promise<ApprovalId[]>;
}

/** What a decision does to the action it is about. */
export interface HeldActions {
  /** From `held` to `ready`. */
  release(id: ActionId): Promise<void>;
  /** From `held` to `refused`; nothing was or will be sent. */
  refuse(id: ActionId, refusal: Refusal): Promise<void>;
}

export interface Refusal {
  kind: 'denied' | 'expired' | 'cancelled' | 'stale';
  reason: string | null;
  by: Handle | null;
}

export interface ApprovalStores {
  approvals: ApprovalStore;
  held: HeldActions;
  audit: AuditLog;
  outbox: Outbox;
}

/** How an approval and its action look from outside. */
export interface ApprovalRecord {
  approval: Approval;
  votes: readonly Vote[];
  agent: string;
  initiator: Handle;
  /** What people call those whose handle was made from an account. */
  names: Readonly<Record<Handle, string>>;
  /** The database clock when this was read. */
  now: Date;
  action: {
    id: ActionId;
    state: string;
    outcome: Readonly<Record<string, unknown>> | null;
    args: unknown;
    spentMicros: number;
    isSimulated: boolean;
    agentRevision: number;
  };
}

export interface ApprovalFilter {
  states?: readonly Approval['state'][];
  agentId?: AgentId;
  runId?: RunId;
  /** Only those that this handle is asked to decide. */
  approver?: Handle;
}

export interface ApprovalReader {
  /** `id` may be the short form. */
  find(id: ApprovalId): Promise<ApprovalRecord | null>;
  list(filter: ApprovalFilter, page: { limit: number; before?: string }): Promise<ApprovalRecord[]>;
}
