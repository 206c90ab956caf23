export { isSettled, type Action, type ActionOutcome, type ActionState } from './action.js';
export type { ActionStore, ActionStores, LockedAction, Settlement } from './action-store.js';
export { execute, type ActionParts } from './execute.js';
export { propose, type Proposal } from './propose.js';
export { abandon, reconcile, SILENT_SECONDS } from './reconcile.js';
