export type { AgentStore, AgentStores, RegisteredAgent, Revision } from './agent-store.js';
export { apply, type AppliedAgent, type ApplyOptions, type ApplyRequest, type ApplyResult } from './apply.js';
export type { Directory } from './approvers.js';
