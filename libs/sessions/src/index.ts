export { receive, type Addressee, type Received, type ThroughputLimits } from './receive.js';
export type {
  QueuedRun,
  RunQueueing,
  RunTrigger,
  Session,
  SessionStore,
  SessionStores,
  TranscriptMessage,
} from './session-store.js';
