import type { ActionId, AgentId, ApprovalId, Handle, Permission, PrincipalId, RunId } from '@openloop/kernel';
import type { Description } from '@openloop/tools';

export type ApprovalState =
  'pending' | 'approved' | 'denied' | 'answered' | 'expired' | 'cancelled' | 'stale';
export type DecisionVerdict = 'approve' | 'deny';

/** The asking for a decision on an action: what is shown, who may decide, until when. */
export interface Approval {
  id: ApprovalId;
  kind: 'approve';
  actionId: ActionId;
  agentId: AgentId;
  runId: RunId | null;
  state: ApprovalState;
  /** Raised when the arguments are edited; an older revision's card decides nothing. */
  revision: number;
  /** Over everything that is decided on. What a decider presents must be this, and what is sent must be this. */
  digest: string;
  permission: Permission;
  authorityDigest: string;
  toolDigest: string;
  description: Description;
  /** The agent's words, not verified. */
  statedReason: string | null;
  approvers: readonly Handle[];
  minApprovals: number;
  selfApproval: boolean;
  initiatorId: PrincipalId;
  createdAt: Date;
  decideBy: Date;
  decision: Decision | null;
}

/** How an approval ended, and by whom; nobody when time or a change ended it. */
export interface Decision {
  verdict: 'approved' | 'denied' | 'expired' | 'cancelled' | 'stale';
  by: Handle | null;
  via: string;
  reason: string | null;
  at: Date;
}

export interface Vote {
  principalId: PrincipalId;
  handle: Handle;
  /** Every handle that means this person now, that of a group only while its membership is fresh. */
  handles: readonly Handle[];
  disabled: boolean;
  /** Whether they have an account at a product, which has to be asked whether it is still a member's. */
  hasAccount: boolean;
  /** What was decided on. */
  digest: string;
  verdict: DecisionVerdict;
  reason: string | null;
  via: string;
  at: Date;
}
