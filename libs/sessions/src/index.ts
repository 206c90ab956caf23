export type { BoundAgent } from './binding.js';
export {
  hear,
  personOf,
  setMuted,
  stopping,
  type Bindings,
  type Heeded,
  type HearingStores,
} from './hear.js';
export { receive, type Addressee, type Received, type ThroughputLimits } from './receive.js';
export type {
  QueuedRun,
  RunQueueing,
  RunTrigger,
  Session,
  SessionStore,
  SessionStores,
  ThreadSession,
  TranscriptMessage,
} from './session-store.js';
