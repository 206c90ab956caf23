import type { AgentId, MicroUsd, PrincipalId, RunId, UsageId } from '@openloop/kernel';

export type UsageOutcome = 'ok' | 'blocked' | 'rate_limited' | 'over_task_budget' | 'error';

/** What one model call cost. */
export interface UsageRecord {
  id: UsageId;
  agentId: AgentId;
  runId: RunId;
  principalId: PrincipalId;
  surface: string;
  channel: string | null;
  taskKind: string | null;
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** `null` when the model has no known price: unknown, never zero. */
  costMicros: MicroUsd | null;
  simulated: boolean;
  outcome: UsageOutcome;
  /** One record for each reservation: what a sweep booked is corrected by what the worker comes to know. */
  holdId: string | null;
}

export interface UsageBooks {
  record(usage: UsageRecord): Promise<void>;
}

export type UsageGrouping = 'agent' | 'model' | 'day' | 'month' | 'surface' | 'user';

export interface UsageFilter {
  since?: Date;
  until?: Date;
  agentId?: AgentId;
}

/** One line of a usage report. Simulated spend is never summed with real spend: it has lines of its own. */
export interface UsageLine {
  group: Partial<Record<UsageGrouping, string>>;
  simulated: boolean;
  runs: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: MicroUsd;
  /** Calls whose price is unknown; their cost is not in `costMicros`. */
  unpricedCalls: number;
}

export interface UsageReader {
  report(groupBy: readonly UsageGrouping[], filter: UsageFilter): Promise<UsageLine[]>;
  /** Real and simulated spend of the database's current calendar month, µ$. */
  monthToDate(agentId: AgentId): Promise<{ realMicros: MicroUsd; simulatedMicros: MicroUsd }>;
  /** The start of the database's current calendar month, UTC. */
  monthStart(): Promise<Date>;
  records(page: {
    limit: number;
  }): Promise<(UsageRecord & { agent: string; user: string; createdAt: Date })[]>;
}
