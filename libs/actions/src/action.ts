import {
  canonicalJson,
  digestOf,
  type ActionId,
  type AgentId,
  type Handle,
  type Permission,
  type PrincipalId,
  type RunId,
  type WorkspaceId,
} from '@openloop/kernel';

export type ActionState =
  'held' | 'ready' | 'started' | 'done' | 'failed' | 'unknown' | 'needs_human' | 'refused';

/** A write an agent wants to make: proposed, decided, sent once, settled or reconciled. */
export interface Action {
  id: ActionId;
  agentId: AgentId;
  agentRevision: number;
  /** The call of a run's step that proposed it; `null` for a call from outside a run. */
  origin: { runId: RunId; step: number; callIndex: number } | null;
  permission: Permission;
  /** Canonical JSON: the exact bytes that were shown, decided and are sent. */
  args: string;
  /** Canonical JSON of {@link Terms}. */
  terms: string;
  digest: string;
  effectKey: string;
  state: ActionState;
  attempt: number;
  startedAt: Date | null;
  notBefore: Date | null;
  executeBy: Date;
  looks: number;
  outcome: ActionOutcome | null;
}

/** How an action ended, or what is known so far. */
export type ActionOutcome =
  | { kind: 'done'; summary: string; data: unknown; externalId: string; url?: string; adopted: boolean }
  | { kind: 'failed'; reason: string }
  | { kind: 'unknown'; reason: string }
  | { kind: 'denied' | 'expired' | 'cancelled' | 'stale'; reason: string | null; by: Handle | null };

/** Everything beside the arguments that a decision is on. */
export interface Terms {
  workspaceId: WorkspaceId;
  agentId: AgentId;
  authorityDigest: string;
  runId: RunId | null;
  call: { step: number; index: number } | null;
  permission: Permission;
  toolDigest: string;
  target: string;
  effectKey: string;
  initiatorId: PrincipalId;
  approvers: readonly Handle[];
  minApprovals: number;
  selfApproval: boolean;
  decideBy: string;
  executeBy: string;
  nonce: string;
}

/** The digest of what is decided, over the stored texts themselves. */
export function actionDigest({ args, terms }: Pick<Action, 'args' | 'terms'>): string {
  return digestOf('openloop/hold/v1', { terms: JSON.parse(terms), args: JSON.parse(args) });
}

export function canonicalTerms(terms: Terms): string {
  return canonicalJson(terms);
}

/** Nothing more will happen to it by itself. */
export function isSettled(state: ActionState): boolean {
  return state === 'done' || state === 'failed' || state === 'refused' || state === 'needs_human';
}
