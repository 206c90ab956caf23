import type { WorkspaceId } from '@openloop/kernel';
import type { AuditEntry, AuditFilter, AuditReader } from '@openloop/ledger';
import type { Kysely } from 'kysely';

import type { Schema } from './schema.js';

export class PostgresAuditReader implements AuditReader {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async list(
    filter: AuditFilter,
    { limit, order }: { limit: number; order: 'asc' | 'desc' },
  ): Promise<AuditEntry[]> {
    let query = this.db
      .selectFrom('audit_events')
      .select(['seq', 'at', 'body', 'prev', 'hash'])
      .where('workspace_id', '=', this.workspace)
      .orderBy('seq', order)
      .limit(limit);
    if (filter.after !== undefined) query = query.where('seq', '>', filter.after);
    if (filter.before !== undefined) query = query.where('seq', '<', filter.before);
    if (filter.since) query = query.where('at', '>=', filter.since);
    if (filter.until) query = query.where('at', '<', filter.until);
    if (filter.name) query = query.where('name', '=', filter.name);
    if (filter.actor) query = query.where('actor', '=', filter.actor);
    if (filter.agentId) query = query.where('agent_id', '=', filter.agentId);
    if (filter.runId) query = query.where('run_id', '=', filter.runId);
    return (await query.execute()).map(({ at, ...link }) => ({ ...link, at: at.toISOString() }));
  }

  async head(): Promise<{ seq: number; hash: string }> {
    const row = await this.db
      .selectFrom('workspaces')
      .select(['audit_seq', 'audit_head'])
      .where('id', '=', this.workspace)
      .executeTakeFirstOrThrow();
    return { seq: row.audit_seq, hash: row.audit_head };
  }
}
