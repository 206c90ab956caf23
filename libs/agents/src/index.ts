export type { AgentStore, AgentStores, Pin, RegisteredAgent, Revision } from './agent-store.js';
export { apply, type AppliedAgent, type ApplyOptions, type ApplyRequest, type ApplyResult } from './apply.js';
export type { Pinned } from './pins.js';
export type { Directory } from './approvers.js';
