export type { AgentStore, AgentStores, RegisteredAgent, Revision } from './agent-store.js';
export { apply, type AppliedAgent, type ApplyRequest, type ApplyResult } from './apply.js';
