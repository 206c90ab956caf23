export { advance, type RunParts } from './advance.js';
export { cancelRun } from './finish.js';
export type {
  CallResult,
  ClaimedRun,
  Run,
  RunOutcome,
  RunState,
  Step,
  StepAction,
  StepCall,
  StopCode,
} from './run.js';
export type { RunFilter, RunReader, RunRecord, RunStore, RunStores } from './run-store.js';
