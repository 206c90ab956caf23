export { ApiClient, type ApiClientOptions, type Streamed, type StreamOptions } from './api-client.js';
export { ApiError } from './api-error.js';
export { openApiDocument } from './open-api.js';
export {
  PROBLEM_MEDIA_TYPE,
  STATUS_OF,
  kindFromStatus,
  Problem,
  problemFrom,
  type FieldProblem,
} from './problem.js';
export { readInput, type RawInput } from './read-input.js';
export type { AnyRoute, CallOf, InputOf, OutputOf, Route } from './route.js';
export { routes, type RouteId, type Routes } from './routes.js';
export { Scope } from './scopes.js';
export type {
  AgentDiff,
  AgentFile,
  AgentProblem,
  AgentSummary,
  AgentView,
  ApplyPlan,
  BudgetView,
  FieldChange,
  PlanEntry,
  RevisionSummary,
} from './views/agent.js';
export type { ActionView, ApprovalView, CardView, DecisionView } from './views/approval.js';
export {
  AuditLink,
  type ActorView,
  type AuditVerdict,
  type AuditView,
  type EventView,
} from './views/audit.js';
export {
  CheckArea,
  checkText,
  type CheckStyle,
  type CheckView,
  type ChecksReport,
  type StepCheck,
} from './views/check.js';
export type { KeyView, MeView } from './views/key.js';
export type { CallView, RunStatus, RunView, StepView } from './views/run.js';
export type { UsageGrouping, UsageLine, UsageReport } from './views/usage.js';
