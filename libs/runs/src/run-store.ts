import type { ActionStores } from '@openloop/actions';
import type { AgentId, Handle, RunId } from '@openloop/kernel';
import type { BudgetBooks, UsageBooks } from '@openloop/ledger';
import type { SessionStore } from '@openloop/sessions';

import type { CallResult, ClaimedRun, Run, RunOutcome, RunState, Step, StepAction } from './run.js';

/**
 * Every method that takes a lease token writes only while that lease holds, and says whether it did:
 * a worker that was paused and lost its run can no longer write to it.
 */
export interface RunStore {
  /**
   * From `queued` when no earlier run of its session is queued or running, from `waiting` when all its actions are settled, or from `running` when the lease ran out.
   * `null` when there is nothing to do for it now.
   */
  claim(id: RunId, token: string, leaseSeconds: number): Promise<ClaimedRun | null>;
  /** Keeps the lease; `null` when it is lost. */
  renew(id: RunId, token: string, leaseSeconds: number): Promise<{ cancelledBy: Handle | null } | null>;
  saveStep(id: RunId, token: string, step: Step & { simulated: boolean; activeMs: number }): Promise<boolean>;
  saveResults(id: RunId, token: string, ordinal: number, results: readonly CallResult[]): Promise<boolean>;
  /**
   * To `waiting`, unless somebody asked the run to stop (`null` then, as when the lease was lost).
   * Tells how many actions are unsettled, counted after the run was let go.
   */
  park(id: RunId, token: string): Promise<({ unsettled: number } & NextInSession) | null>;
  finish(
    id: RunId,
    token: string,
    state: 'completed' | 'failed' | 'cancelled',
    outcome: RunOutcome,
  ): Promise<NextInSession | null>;
  /** Ends a run nobody works on; a running one is only asked to stop. `null` when there is no such run. */
  cancel(id: RunId, by: Handle): Promise<{ state: RunState; agentId: AgentId; changed: boolean } | null>;
}

/** The run of the same session that may start now, when there is one. */
export interface NextInSession {
  next: RunId | null;
}

export interface RunStores extends ActionStores {
  runs: RunStore;
  sessions: SessionStore;
  usage: UsageBooks;
  budgetBooks: BudgetBooks;
}

/** How a run looks from outside. */
export interface RunRecord {
  run: Run;
  agent: string;
  initiator: Handle;
  input: string;
  steps: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  heldApprovals: readonly string[];
}

export interface RunFilter {
  agentId?: AgentId;
  states?: readonly RunState[];
}

export interface RunReader {
  /** `id` may be the short form. */
  find(id: RunId): Promise<RunRecord | null>;
  list(filter: RunFilter, page: { limit: number; before?: string }): Promise<RunRecord[]>;
  /** The written steps with when they were written, and the run's actions. */
  steps(id: RunId): Promise<{ steps: { step: Step; createdAt: Date }[]; actions: StepAction[] }>;
}
