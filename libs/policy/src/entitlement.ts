import type { Handle, PrincipalId } from '@openloop/kernel';

/** Why a person may not approve. `null` means that they may. */
export type Ineligible = 'not_an_approver' | 'self_approval' | null;

/** A person with every handle that means them at this moment: their own, and those of the groups they are in. */
export interface Decider {
  id: PrincipalId;
  handles: readonly Handle[];
}

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
export function approveIneligibility(person: Decider, rule: Entitlement): Ineligible {
  if (!isApprover(person, rule)) return 'not_an_approver';
  const isInitiator = person.id === rule.initiatorId;
  return isInitiator && (!rule.selfApproval || rule.risk === 'high') ? 'self_approval' : null;
}

/** Any approver may deny, also their own request: a no never writes anything. */
export function denyIneligibility(person: Decider, rule: Entitlement): Ineligible {
  return isApprover(person, rule) ? null : 'not_an_approver';
}

function isApprover({ handles }: Decider, { approvers }: Entitlement): boolean {
  return handles.some((handle) => approvers.includes(handle));
}
