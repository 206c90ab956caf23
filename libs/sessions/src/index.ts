export type { BoundAgent } from './binding.js';
export {
  hear,
  personOf,
  setMuted,
  stopping,
  type Bindings,
  type Heeded,
  type HearingStores,
  type Known,
} from './hear.js';
export { receive, type Addressee, type Received, type ThroughputLimits } from './receive.js';
export type {
  RunQueueing,
  RunTrigger,
  SessionStore,
  SessionStores,
  TakenEvent,
  ThreadSession,
  TranscriptMessage,
} from './session-store.js';
