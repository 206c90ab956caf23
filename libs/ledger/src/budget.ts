import type { AgentId, MicroUsd, RunId, WorkspaceId } from '@openloop/kernel';

/** One limit that a spend counts against. */
export interface BudgetScope {
  /** `agent:agt_…` or `run:run_…`. */
  scope: string;
  /** `month` follows the database's UTC calendar; anything else is a period of its own. */
  period: 'month' | 'whole';
  limitMicros: MicroUsd;
  mode: 'block' | 'warn';
}

export interface Reservation {
  /** The same for every try to reserve for one model call: `run:step:attempt`. */
  id: string;
  scopes: readonly BudgetScope[];
  /** An upper bound of what the call can cost. */
  amountMicros: MicroUsd;
  /** What the money is for. */
  runId: RunId;
  model: string;
  simulated: boolean;
  /** After this a hold that nobody ended is charged in full. */
  expiresInSeconds: number;
}

/** The scope that has no room, with its figures in µ$. */
export interface NoRoom {
  scope: string;
  limitMicros: MicroUsd;
  spentMicros: MicroUsd;
  reservedMicros: MicroUsd;
}

/**
 * Spending limits that hold under concurrency (`docs/concepts.md`, budgets): money is reserved before a call,
 * settled after it, charged in full when nobody knows, and released only when it is proven that nothing was billed.
 */
export interface Budgets {
  /** Holds the amount in all scopes or in none. `null` when it is held, also when it was held before. */
  reserve(workspace: WorkspaceId, reservation: Reservation): Promise<NoRoom | null>;
  /** What is left in the tightest blocking scope; `null` when no scope blocks. */
  room(workspace: WorkspaceId, scopes: readonly BudgetScope[]): Promise<MicroUsd | null>;
  /** Only when provably nothing was billed. */
  release(workspace: WorkspaceId, id: string): Promise<void>;
}

/** Ends holds inside the transaction that writes what the money bought. */
export interface BudgetBooks {
  /** Exactly once; later calls change nothing. */
  settle(id: string, actualMicros: MicroUsd): Promise<void>;
  /** At the full amount, when the provider may have billed and did not say what. */
  charge(id: string): Promise<void>;
}

export interface SpendingLimits {
  monthlyMicros: MicroUsd | null;
  perTaskMicros: MicroUsd | null;
  mode: 'block' | 'warn';
}

/** The scopes a run's model calls count against. A limit that is not set has no scope. */
export function scopesOf(agentId: AgentId, runId: RunId, limits: SpendingLimits): BudgetScope[] {
  const { monthlyMicros, perTaskMicros, mode } = limits;
  return [
    ...(monthlyMicros === null
      ? []
      : [{ scope: `agent:${agentId}`, period: 'month' as const, limitMicros: monthlyMicros, mode }]),
    ...(perTaskMicros === null
      ? []
      : [{ scope: `run:${runId}`, period: 'whole' as const, limitMicros: perTaskMicros, mode }]),
  ];
}
