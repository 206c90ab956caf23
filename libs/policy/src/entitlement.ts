import type { Handle, Principal, PrincipalId } from '@openloop/kernel';

/** Why a person may not approve. `null` means that they may. */
export type Ineligible = 'not_an_approver' | 'self_approval' | null;

export interface Entitlement {
  approvers: readonly Handle[];
  initiatorId: PrincipalId;
  selfApproval: boolean;
  risk: 'low' | 'medium' | 'high';
}

/**
 * Whether a person may approve. Handles are immutable and unique in the workspace's own registry, so a display
 * name on some surface never counts; a handle nobody holds entitles nobody.
 */
export function approveIneligibility(person: Principal, rule: Entitlement): Ineligible {
  if (!rule.approvers.includes(person.handle)) return 'not_an_approver';
  const isInitiator = person.id === rule.initiatorId;
  return isInitiator && (!rule.selfApproval || rule.risk === 'high') ? 'self_approval' : null;
}

/** Any approver may deny, also their own request: a no never writes anything. */
export function denyIneligibility(person: Principal, rule: Entitlement): Ineligible {
  return rule.approvers.includes(person.handle) ? null : 'not_an_approver';
}
