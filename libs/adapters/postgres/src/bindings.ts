import type { Agent } from '@openloop/agent-spec';
import type {
  AgentId,
  Handle,
  Principal,
  PrincipalId,
  RunId,
  SessionId,
  WorkspaceId,
} from '@openloop/kernel';
import type { Bindings, BoundAgent, Known } from '@openloop/sessions';
import { sql, type Kysely } from 'kysely';

import type { Schema } from './schema.js';

interface Row {
  agents: (Pick<BoundAgent, 'name' | 'revision' | 'state'> & {
    id: string;
    agent: Pick<Agent, 'limits' | 'surfaces'>;
  })[];
  sessions: { id: string; agent_id: string; muted_by: string | null }[];
  person: { id: string; handle: string; name: string } | null;
  run_id: string | null;
}

export class PostgresBindings implements Bindings {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async know({
    key,
    thread: { surface, key: thread },
    author,
  }: Parameters<Bindings['know']>[0]): Promise<Known> {
    const { rows } = await sql<Row>`
      select
        (select coalesce(jsonb_agg(jsonb_build_object(
            'id', agents.id, 'name', agents.name, 'revision', agents.revision, 'state', agents.state,
            'agent', jsonb_build_object('limits', agent -> 'limits', 'surfaces', agent -> 'surfaces')
          ) order by agents.name), '[]')
          from agents join agent_revisions newest
            on newest.agent_id = agents.id and newest.revision = agents.revision
          where agents.workspace_id = ${this.workspace}
            and agent -> 'surfaces' @> ${JSON.stringify([{ type: surface }])}::jsonb) as agents,
        (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'agent_id', agent_id, 'muted_by', muted_by)
            order by created_at), '[]')
          from sessions
          where workspace_id = ${this.workspace} and surface = ${surface} and thread_key = ${thread}) as sessions,
        (select jsonb_build_object('id', principals.id, 'handle', handle, 'name', name)
          from identity_links join principals on principals.id = principal_id
          where identity_links.workspace_id = ${this.workspace} and principals.workspace_id = ${this.workspace}
            and surface = ${author.surface} and external_id = ${author.id} and disabled_at is null) as person,
        (select run_id from surface_events
          where workspace_id = ${this.workspace} and surface = ${surface} and event_key = ${key}) as run_id`.execute(
      this.db,
    );
    const [row] = rows;
    if (!row) throw new Error('A select without a table gave no row');
    return {
      agents: row.agents.map(({ id, agent, ...about }) => ({
        ...about,
        agentId: id as AgentId, // ids keep their prefix
        limits: agent.limits,
        surfaces: agent.surfaces.filter(({ type }) => type === surface),
      })),
      sessions: row.sessions.map(({ id, agent_id, muted_by }) => ({
        id: id as SessionId, // as above
        agentId: agent_id as AgentId, // as above
        mutedBy: muted_by as Handle | null, // written from a handle
      })),
      person: row.person && toPrincipal(row.person),
      runId: row.run_id as RunId | null, // ids keep their prefix
    };
  }
}

function toPrincipal({ id, handle, name }: { id: string; handle: string; name: string }): Principal {
  return { id: id as PrincipalId, handle: handle as Handle, name }; // the table's checks keep both shapes
}
