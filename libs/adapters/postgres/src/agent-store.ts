import type { Agent } from '@openloop/agent-spec';
import type { AgentStore, Pin, RegisteredAgent, Revision } from '@openloop/agents';
import type { Actor, AgentId, WorkspaceId } from '@openloop/kernel';
import { sql, type Kysely, type Selectable } from 'kysely';

import type { Schema } from './schema.js';
import { jsonText } from './storable.js';

type RevisionRow = Selectable<Schema['agent_revisions']>;

export class PostgresAgentStore implements AgentStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async findByName(name: string): Promise<RegisteredAgent | null> {
    const row = await this.#current().where('agents.name', '=', name).executeTakeFirst();
    return row ? toAgent(row) : null;
  }

  async list(): Promise<RegisteredAgent[]> {
    return (await this.#current().orderBy('agents.name').execute()).map(toAgent);
  }

  async revision(agentId: AgentId, revision: number): Promise<Revision | null> {
    const row = await this.#revisions(agentId).where('revision', '=', revision).executeTakeFirst();
    return row ? toRevision(row) : null;
  }

  async revisions(agentId: AgentId): Promise<Revision[]> {
    return (await this.#revisions(agentId).orderBy('revision', 'desc').execute()).map(toRevision);
  }

  async lockForApply(): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtextextended('apply:' || ${this.workspace}, 0))`.execute(
      this.db,
    );
  }

  async create(id: AgentId, name: string, first: Omit<Revision, 'createdAt'>): Promise<void> {
    await this.db
      .insertInto('agents')
      .values({ id, workspace_id: this.workspace, name, revision: first.revision })
      .execute();
    await this.#insert(first);
  }

  async addRevision(next: Omit<Revision, 'createdAt'>): Promise<void> {
    await this.#insert(next);
    await this.db
      .updateTable('agents')
      .set({ revision: next.revision, updated_at: sql<Date>`clock_timestamp()` })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', next.agentId)
      .execute();
  }

  async #insert({
    agentId,
    revision,
    digest,
    authorityDigest,
    agent,
    pins,
    message,
    appliedBy,
  }: Omit<Revision, 'createdAt'>) {
    await this.db
      .insertInto('agent_revisions')
      .values({
        workspace_id: this.workspace,
        agent_id: agentId,
        revision,
        digest,
        authority_digest: authorityDigest,
        agent: jsonText(agent),
        message,
        tool_pins: jsonText(pins),
        applied_by: jsonText(appliedBy),
      })
      .execute();
  }

  #current() {
    return this.db
      .selectFrom('agents')
      .innerJoin('agent_revisions', (join) =>
        join
          .onRef('agent_revisions.agent_id', '=', 'agents.id')
          .onRef('agent_revisions.revision', '=', 'agents.revision'),
      )
      .selectAll('agent_revisions')
      .select(['agents.state', 'agents.updated_at'])
      .where('agents.workspace_id', '=', this.workspace);
  }

  #revisions(agentId: AgentId) {
    return this.db
      .selectFrom('agent_revisions')
      .selectAll()
      .where('workspace_id', '=', this.workspace)
      .where('agent_id', '=', agentId);
  }
}

function toAgent(row: RevisionRow & { state: string; updated_at: Date }): RegisteredAgent {
  const current = toRevision(row);
  return {
    id: current.agentId,
    state: row.state as RegisteredAgent['state'],
    updatedAt: row.updated_at,
    current,
  }; // the table's check
}

export function toRevision(row: RevisionRow): Revision {
  return {
    agentId: row.agent_id as AgentId, // ids keep their prefix
    revision: row.revision,
    digest: row.digest,
    authorityDigest: row.authority_digest,
    agent: row.agent as Agent, // written from a checked agent, and revisions never change
    pins: row.tool_pins as Pin[], // written from pins
    message: row.message,
    appliedBy: row.applied_by as Actor, // as above
    createdAt: row.created_at,
  };
}
