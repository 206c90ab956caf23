export type {
  AuditEntry,
  AuditEvent,
  AuditFacts,
  AuditFilter,
  AuditLog,
  AuditName,
  AuditReader,
} from './audit.js';
export {
  scopesOf,
  type Budgets,
  type BudgetBooks,
  type BudgetScope,
  type NoRoom,
  type Reservation,
  type SpendingLimits,
} from './budget.js';
export type {
  UsageBooks,
  UsageFilter,
  UsageGrouping,
  UsageLine,
  UsageOutcome,
  UsageReader,
  UsageRecord,
} from './usage.js';
export { CHAIN_START, ChainVerifier, linkHash, type ChainVerdict } from './verify-chain.js';
