import type { Agent } from '@openloop/agent-spec';
import type { AgentId, WorkspaceId } from '@openloop/kernel';
import type { Bindings, BoundAgent } from '@openloop/sessions';
import { sql, type Kysely } from 'kysely';

import type { Schema } from './schema.js';

export class PostgresBindings implements Bindings {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async on(surface: string): Promise<BoundAgent[]> {
    const rows = await this.db
      .selectFrom('agents')
      .innerJoin('agent_revisions', (join) =>
        join
          .onRef('agent_revisions.agent_id', '=', 'agents.id')
          .onRef('agent_revisions.revision', '=', 'agents.revision'),
      )
      .select(['agents.id', 'agents.name', 'agents.revision', 'agents.state'])
      .select(sql<Pick<Agent, 'limits' | 'surfaces'>>`agent_revisions.agent`.as('agent'))
      .where('agents.workspace_id', '=', this.workspace)
      .where(
        sql<boolean>`agent_revisions.agent -> 'surfaces' @> ${JSON.stringify([{ type: surface }])}::jsonb`,
      )
      .orderBy('agents.name')
      .execute();
    return rows.map(({ id, name, revision, state, agent }) => ({
      agentId: id as AgentId, // ids keep their prefix
      name,
      revision,
      state: state as BoundAgent['state'], // the table's check
      limits: agent.limits,
      surfaces: agent.surfaces.filter(({ type }) => type === surface),
    }));
  }
}
