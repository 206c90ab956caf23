export {
  approveIneligibility,
  denyIneligibility,
  type Decider,
  type Entitlement,
  type Ineligible,
} from './entitlement.js';
export {
  allowedPermissions,
  grantApproved,
  isAllowed,
  judge,
  type ApprovalRule,
  type CheckedCall,
  type Grant,
  type Verdict,
} from './judge.js';
