import type { AgentId, MicroUsd, PrincipalId, RunId, UsageId, WorkspaceId } from '@openloop/kernel';
import type {
  UsageFilter,
  UsageGrouping,
  UsageLine,
  UsageOutcome,
  UsageReader,
  UsageRecord,
} from '@openloop/ledger';
import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Schema } from './schema.js';

const COLUMN: Readonly<Record<UsageGrouping, RawBuilder<string>>> = {
  agent: sql`a.name`,
  model: sql`u.model`,
  day: sql`to_char(u.created_at at time zone 'UTC', 'YYYY-MM-DD')`,
  month: sql`to_char(u.created_at at time zone 'UTC', 'YYYY-MM')`,
  surface: sql`u.surface`,
  user: sql`coalesce(p.handle, '')`,
};

interface LineRow {
  keys: string[];
  simulated: boolean;
  runs: number;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number;
  unpriced: number;
}

export class PostgresUsageReader implements UsageReader {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async report(
    groupBy: readonly UsageGrouping[],
    { since, until, agentId }: UsageFilter,
  ): Promise<UsageLine[]> {
    const keys = sql`array[${sql.join(groupBy.map((group) => COLUMN[group]))}]::text[]`;
    const { rows } = await sql<LineRow>`
      select ${groupBy.length === 0 ? sql`'{}'::text[]` : keys} as keys, u.simulated,
        count(distinct u.run_id) as runs,
        coalesce(sum(u.input_tokens), 0)::bigint as input_tokens,
        coalesce(sum(u.output_tokens), 0)::bigint as output_tokens,
        coalesce(sum(u.cost_micros), 0)::bigint as cost_micros,
        count(*) filter (where u.cost_micros is null) as unpriced
      from usage_records u
      join agents a on a.id = u.agent_id
      left join principals p on p.id = u.principal_id
      where u.workspace_id = ${this.workspace}
        and (${since ?? null}::timestamptz is null or u.created_at >= ${since ?? null})
        and (${until ?? null}::timestamptz is null or u.created_at < ${until ?? null})
        and (${agentId ?? null}::text is null or u.agent_id = ${agentId ?? null})
      group by 1, 2
      order by 1, 2`.execute(this.db);
    return rows.map((row) => ({
      group: Object.fromEntries(groupBy.map((group, i) => [group, row.keys[i] ?? ''])),
      simulated: row.simulated,
      runs: row.runs,
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      costMicros: row.cost_micros,
      unpricedCalls: row.unpriced,
    }));
  }

  async monthToDate(agentId: AgentId): Promise<{ realMicros: MicroUsd; simulatedMicros: MicroUsd }> {
    const { rows } = await sql<{ real: number; simulated: number }>`
      select coalesce(sum(cost_micros) filter (where not simulated), 0)::bigint as real,
        coalesce(sum(cost_micros) filter (where simulated), 0)::bigint as simulated
      from usage_records
      where workspace_id = ${this.workspace} and agent_id = ${agentId}
        and created_at >= date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC'`.execute(
      this.db,
    );
    return { realMicros: rows[0]?.real ?? 0, simulatedMicros: rows[0]?.simulated ?? 0 };
  }

  async monthStart(): Promise<Date> {
    const { rows } = await sql<{ start: Date }>`
      select date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC' as start`.execute(
      this.db,
    );
    return rows[0]?.start ?? new Date(0);
  }

  async records({
    limit,
  }: {
    limit: number;
  }): Promise<(UsageRecord & { agent: string; user: string; createdAt: Date })[]> {
    const rows = await this.db
      .selectFrom('usage_records')
      .innerJoin('agents', 'agents.id', 'usage_records.agent_id')
      .leftJoin('principals', 'principals.id', 'usage_records.principal_id')
      .selectAll('usage_records')
      .select(['agents.name as agent_name', 'principals.handle'])
      .where('usage_records.workspace_id', '=', this.workspace)
      .orderBy('usage_records.created_at', 'desc')
      .orderBy('usage_records.id', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      id: row.id as UsageId, // ids keep their prefix; the casts below rest on the table's checks
      agentId: row.agent_id as AgentId,
      runId: row.run_id as RunId,
      principalId: row.principal_id as PrincipalId,
      surface: row.surface,
      channel: row.channel,
      taskKind: row.task_kind,
      model: row.model,
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      costMicros: row.cost_micros,
      simulated: row.simulated,
      outcome: row.outcome as UsageOutcome,
      holdId: row.hold_id,
      agent: row.agent_name,
      user: row.handle ?? '',
      createdAt: row.created_at,
    }));
  }
}
