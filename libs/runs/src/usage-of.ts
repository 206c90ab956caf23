import { newId, type MicroUsd } from '@openloop/kernel';
import type { UsageOutcome, UsageRecord } from '@openloop/ledger';
import type { ModelName, TokenUsage } from '@openloop/models';

import type { Run } from './run.js';

/** One call to a model and what came of it, as far as money goes. */
export interface ModelCall {
  model: ModelName;
  usage: TokenUsage | null;
  costMicros: MicroUsd | null;
  simulated: boolean;
  /** The reservation it was made under; `null` when its model has no known price. */
  holdId: string | null;
}

export function usageOf(
  { id, agentId, initiatorId, trigger }: Run,
  { model, usage, costMicros, simulated, holdId }: ModelCall,
  outcome: UsageOutcome,
): UsageRecord {
  return {
    id: newId('use'),
    agentId,
    runId: id,
    principalId: initiatorId,
    surface: trigger.surface,
    channel: trigger.channel,
    taskKind: trigger.labels['task'] ?? null,
    model,
    inputTokens: usage?.input ?? 0,
    outputTokens: usage?.output ?? 0,
    cacheReadTokens: usage?.cacheRead ?? 0,
    cacheWriteTokens: usage?.cacheWrite ?? 0,
    costMicros,
    simulated,
    outcome,
    holdId,
  };
}
