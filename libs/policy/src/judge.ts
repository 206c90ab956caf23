import type { Agent } from '@openloop/agent-spec';
import { AppError, type Handle, type Permission } from '@openloop/kernel';

/** A call whose tool is known and whose arguments fit it. Still not allowed. */
export interface CheckedCall {
  permission: Permission;
  effect: 'read' | 'write';
  args: unknown;
  /** Why a person has to look at it although it only reads; absent when they need not. */
  mustHold?: string;
}

/** Who must be asked before a write runs. */
export interface ApprovalRule {
  approvers: readonly Handle[];
  minApprovals: number;
  /** Whether the person who asked for it may also approve it. Never for a high risk. */
  selfApproval: boolean;
  decideWithinMs: number;
}

/** What the policy says of a call, before any person is asked. */
export type Verdict =
  { kind: 'allow'; grant: Grant } | { kind: 'ask'; rule: ApprovalRule } | { kind: 'deny'; reason: string };

// Exported as a type only, so no other file can make one: to hold a Grant is to have passed the policy.
class PolicyGrant {
  protected readonly nominal = true;
  constructor(readonly call: CheckedCall) {}
}
export type Grant = PolicyGrant;

/**
 * Reads on the allowlist run. Every write on the allowlist asks a person, whether a rule names it or not:
 * an unlisted write is held, never run.
 */
export function judge(call: CheckedCall, agent: Agent): Verdict {
  if (!isAllowed(call.permission, agent)) {
    return { kind: 'deny', reason: `${call.permission} is not in ${agent.name}'s tool allowlist` };
  }
  if (
    call.effect === 'write' ||
    call.mustHold !== undefined ||
    agent.approvals.requireFor.includes(call.permission)
  ) {
    return { kind: 'ask', rule: approvalRule(agent) };
  }
  return { kind: 'allow', grant: new PolicyGrant(call) };
}

/** Whether the agent's allowlist names this permission, exactly. */
export function isAllowed(permission: Permission, agent: Agent): boolean {
  return allowedPermissions(agent).includes(permission);
}

export function allowedPermissions(agent: Agent): Permission[] {
  return agent.tools.flatMap((tool) => tool.permissions.map((name): Permission => `${tool.name}.${name}`));
}

/**
 * Turns an approval into the grant that lets its call run. The last gate before the network: it compares the
 * digest that people decided on with the digest of the bytes about to be sent.
 */
export function grantApproved(
  call: CheckedCall,
  proof: { approvalState: string; decidedDigest: string; sendDigest: string },
): Grant {
  if (proof.approvalState !== 'approved') {
    throw new AppError('bug', 'policy.grant_without_approval', `${call.permission} was not approved`);
  }
  if (proof.decidedDigest !== proof.sendDigest) {
    throw new AppError('bug', 'policy.digest_mismatch', `${call.permission} is not what was approved`);
  }
  return new PolicyGrant(call);
}

function approvalRule({ approvals }: Agent): ApprovalRule {
  return {
    approvers: approvals.approvers,
    minApprovals: approvals.minApprovals,
    selfApproval: approvals.selfApproval === 'allow',
    decideWithinMs: approvals.expiresAfterMs,
  };
}
