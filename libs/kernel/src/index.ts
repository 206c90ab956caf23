export { AppError, assertNever, messageOf, type AppErrorOptions, type ErrorKind } from './app-error.js';
export { functionName, type Permission, type ToolCall } from './calls.js';
export { canonicalJson, digestOf, type Json } from './canonical-json.js';
export { systemClock, type Clock } from './clock.js';
export {
  newId,
  randomChars,
  shortId,
  type ActionId,
  type AgentId,
  type ApprovalId,
  type DeliveryId,
  type KeyId,
  type PrincipalId,
  type RunId,
  type SessionId,
  type UsageId,
  type WorkspaceId,
} from './ids.js';
export { microsFromUsd, showUsd, usdFromMicros, type MicroUsd } from './money.js';
export { neverConnected, rootCauses, type RootCause } from './never-connected.js';
export { actorOf, type Actor, type Handle, type Principal } from './people.js';
export { SCOPES, type Scope } from './scopes.js';
export { Secret } from './secret.js';
export type { Job, Outbox, Queue, Transact } from './transact.js';
