export type { Approval, ApprovalState, Decision, DecisionVerdict, Vote } from './approval.js';
export type {
  ApprovalFilter,
  ApprovalReader,
  ApprovalRecord,
  ApprovalStore,
  ApprovalStores,
  HeldActions,
  LockedApproval,
  Refusal,
} from './approval-store.js';
export { approvalCard } from './card.js';
export { cancelApprovalsOf, closeApproval, expire } from './close.js';
export {
  decide,
  notFound,
  validApprovals,
  type Answer,
  type DecideResult,
  type RefusalCode,
} from './decide.js';
