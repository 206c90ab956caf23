import type { WorkspaceId } from '@openloop/kernel';
import type { UsageBooks, UsageRecord } from '@openloop/ledger';
import type { Kysely } from 'kysely';

import type { Schema } from './schema.js';

export class PostgresUsageBooks implements UsageBooks {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async record(usage: UsageRecord): Promise<void> {
    await this.db
      .insertInto('usage_records')
      .values({
        id: usage.id,
        workspace_id: this.workspace,
        agent_id: usage.agentId,
        run_id: usage.runId,
        principal_id: usage.principalId,
        surface: usage.surface,
        channel: usage.channel,
        task_kind: usage.taskKind,
        model: usage.model,
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cache_read_tokens: usage.cacheReadTokens,
        cache_write_tokens: usage.cacheWriteTokens,
        cost_micros: usage.costMicros,
        simulated: usage.simulated,
        outcome: usage.outcome,
        hold_id: usage.holdId,
      })
      .onConflict((conflict) =>
        conflict.columns(['workspace_id', 'hold_id']).doUpdateSet({
          input_tokens: usage.inputTokens,
          output_tokens: usage.outputTokens,
          cache_read_tokens: usage.cacheReadTokens,
          cache_write_tokens: usage.cacheWriteTokens,
          cost_micros: usage.costMicros,
          outcome: usage.outcome,
        }),
      )
      .execute();
  }
}
