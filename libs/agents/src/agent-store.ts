import type { Agent } from '@openloop/agent-spec';
import type { Actor, AgentId, Permission } from '@openloop/kernel';
import type { PeopleStore } from '@openloop/access';
import type { AuditLog } from '@openloop/ledger';

/** What a tool of somebody else's was when its agent was applied; the tool library made it and reads it. */
export interface Pin {
  permission: Permission;
  digest: string;
  definition: object;
  server: object;
}

/** One immutable version of an agent's document, named by its content. */
export interface Revision {
  agentId: AgentId;
  revision: number;
  digest: string;
  /** Over tools, approvals, surfaces and budget only: what a held write depends on. */
  authorityDigest: string;
  agent: Agent;
  /** The definitions of outside tools that it was applied with. */
  pins: readonly Pin[];
  message: string | null;
  appliedBy: Actor;
  createdAt: Date;
}

/** An agent as it stands now. */
export interface RegisteredAgent {
  id: AgentId;
  state: 'active' | 'paused';
  updatedAt: Date;
  current: Revision;
}

export interface AgentStore {
  findByName(name: string): Promise<RegisteredAgent | null>;
  list(): Promise<RegisteredAgent[]>;
  revision(agentId: AgentId, revision: number): Promise<Revision | null>;
  revisions(agentId: AgentId): Promise<Revision[]>;
  /** Makes applying wait for one another in this workspace, until the transaction ends. */
  lockForApply(): Promise<void>;
  create(id: AgentId, name: string, first: Omit<Revision, 'createdAt'>): Promise<void>;
  addRevision(next: Omit<Revision, 'createdAt'>): Promise<void>;
}

export interface AgentStores {
  agents: AgentStore;
  people: PeopleStore;
  audit: AuditLog;
}
