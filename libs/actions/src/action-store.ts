import type { AgentStore } from '@openloop/agents';
import type { Approval, ApprovalStore, HeldActions, Vote } from '@openloop/approvals';
import type { ActionId, Outbox } from '@openloop/kernel';
import type { AuditLog } from '@openloop/ledger';
import type { Deliveries } from '@openloop/surfaces';

import type { Action, ActionOutcome } from './action.js';

/** An action under its row lock, with what the send depends on, read at the same moment. */
export interface LockedAction {
  action: Action;
  /** The database clock. */
  now: Date;
  approval: Approval | null;
  votes: readonly Vote[];
  agent: { name: string; state: 'active' | 'paused'; revision: number };
  /** Whether the run it belongs to was stopped. */
  isRunCancelled: boolean;
}

/** The methods that change a row do so only from the state they name, and say whether they did. */
export interface ActionStore {
  /** The database clock. */
  now(): Promise<Date>;
  insert(
    action: Omit<Action, 'state' | 'attempt' | 'startedAt' | 'notBefore' | 'looks' | 'outcome'>,
  ): Promise<void>;
  lock(id: ActionId): Promise<LockedAction | null>;
  /** From `ready`. After the commit, and only then, may the first byte leave. */
  start(id: ActionId, fence: string): Promise<boolean>;
  /** Stays `ready`, to be looked at again later: something that the send depends on cannot be known now. */
  postpone(id: ActionId, seconds: number): Promise<boolean>;
  /** From `started`, by whoever holds the fence. */
  settle(id: ActionId, fence: string, end: Settlement): Promise<boolean>;
  /** From `started`, when whoever started it has been silent for this long. */
  abandon(id: ActionId, silentSeconds: number): Promise<boolean>;
  /** From `unknown`, when a look is due; the next one is set at once, so that two lookers never look together. */
  claimLook(id: ActionId, nextLookSeconds: number): Promise<Action | null>;
  /** From `unknown`. */
  resolve(id: ActionId, end: { state: 'done' | 'needs_human'; outcome: ActionOutcome }): Promise<boolean>;
}

export type Settlement =
  | { state: 'done' | 'failed'; outcome: ActionOutcome }
  | { state: 'unknown'; outcome: ActionOutcome; lookInSeconds: number }
  /** Provably not done, and the target named a time to come back. */
  | { state: 'ready'; retryInMs: number };

export interface ActionStores {
  actions: ActionStore;
  approvals: ApprovalStore;
  held: HeldActions;
  agents: AgentStore;
  deliveries: Deliveries;
  audit: AuditLog;
  outbox: Outbox;
}
