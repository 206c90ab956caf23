import type { Agent, McpTool } from '@openloop/agent-spec';
import { validApprovals, type Approval, type Vote } from '@openloop/approvals';
import { canonicalJson, type Permission } from '@openloop/kernel';
import { isAllowed } from '@openloop/policy';

import { actionDigest, type Action, type Terms } from './action.js';
import type { LockedAction } from './action-store.js';

/** The agent as it was when the action was held, and as it is now: a send needs the permission of both. */
export interface Authority {
  held: Agent | undefined;
  now: Agent | undefined;
  toolDigest: string | null;
  /** Why the tool cannot be called now, or `null`. */
  unusable: string | null;
  /** Whether that is only because its server cannot be asked. */
  isAway: boolean;
  /** Whether the products could be asked about those who approved. */
  areVotersKnown: boolean;
}

/** Why an approved action is not sent: for good, or for as long as something cannot be known. */
export type Objection = { kind: 'refuse' | 'wait'; reason: string };

/**
 * The last look before the claim: why an approved action must not be sent after all, or `null`.
 * Everything is read again from the rows that are about to be acted on, because it may have changed since the decision.
 */
export function whyNotSend(locked: LockedAction, authority: Authority): Objection | null {
  const refusal = refusalOf(locked, authority);
  if (refusal !== null) return { kind: 'refuse', reason: refusal };
  const { approval } = locked;
  if (authority.unusable !== null) return { kind: 'wait', reason: authority.unusable };
  const counted = approval ? stillEntitled(locked, approval, authority.now) : [];
  // A product that cannot be asked may have sent somebody away.
  const isDoubtful = !authority.areVotersKnown && counted.some(({ hasAccount }) => hasAccount);
  if (approval && counted.length >= approval.minApprovals && !isDoubtful) return null;
  return authority.areVotersKnown
    ? { kind: 'refuse', reason: 'Somebody who approved it may no longer do so' }
    : { kind: 'wait', reason: 'Whether those who approved it still may cannot be checked now' };
}

/** What is certain, whatever a product or a server would say. */
function refusalOf(locked: LockedAction, authority: Authority): string | null {
  const { action, approval, agent } = locked;
  if (approval?.state !== 'approved') return 'There is no approval for it';
  if (!isWhatWasDecided(action, approval)) return 'digest_mismatch: its content is not what was approved';
  if (action.executeBy <= locked.now) return 'It was approved too long ago';
  if (locked.isRunCancelled) return 'Its run was cancelled';
  if (agent.state !== 'active') return `${agent.name} is paused`;
  const tool = toolTrouble(action, approval, authority);
  if (tool !== null) return tool;
  const allowed = [authority.held, authority.now].every((each) => each && isAllowed(action.permission, each));
  if (!allowed) return `${action.permission} is no longer allowed for ${agent.name}`;
  return null;
}

function toolTrouble({ permission }: Action, approval: Approval, authority: Authority): string | null {
  const { held, now, unusable, isAway, toolDigest } = authority;
  if (held && now && !isSameTool(permission, held, now)) return `Where ${permission} leads has changed`;
  if (unusable !== null) return isAway ? null : unusable;
  return toolDigest === approval.toolDigest ? null : `The definition of ${permission} has changed`;
}

/** Whether both files lead to the same server with the same credentials. */
function isSameTool(permission: Permission, held: Agent, now: Agent): boolean {
  const [before, after] = [held, now].map(({ tools }) =>
    tools.find(({ name, permissions }) => permissions.some((each) => permission === `${name}.${each}`)),
  );
  // One that is gone is no longer allowed, which is looked at elsewhere.
  if (!before || !after) return true;
  if (before.type !== 'mcp' || after.type !== 'mcp') return before.type === after.type;
  const placeOf = ({ server, credentials, headers }: McpTool) =>
    canonicalJson([server, credentials, { ...headers }]);
  return placeOf(before) === placeOf(after);
}

function stillEntitled({ votes }: LockedAction, approval: Approval, now: Agent | undefined): Vote[] {
  const approvers = now?.approvals.approvers ?? [];
  return validApprovals(approval, votes).filter(({ handles }) =>
    handles.some((handle) => approvers.includes(handle)),
  );
}

/** The digest over the stored texts, and every column that repeats a part of them. */
function isWhatWasDecided(action: Action, approval: Approval): boolean {
  try {
    if (actionDigest(action) !== action.digest || approval.digest !== action.digest) return false;
    // The digest holds, so this is what `propose` wrote.
    const terms = JSON.parse(action.terms) as Terms;
    return canonicalJson({ ...terms, ...columnsOf(action, approval) }) === action.terms;
  } catch {
    // Text that is no JSON any more is not what was decided.
    return false;
  }
}

function columnsOf(action: Action, approval: Approval): Partial<Terms> {
  return {
    agentId: action.agentId,
    authorityDigest: approval.authorityDigest,
    runId: action.origin?.runId ?? null,
    permission: action.permission,
    toolDigest: approval.toolDigest,
    effectKey: action.effectKey,
    initiatorId: approval.initiatorId,
    approvers: approval.approvers,
    minApprovals: approval.minApprovals,
    selfApproval: approval.selfApproval,
    decideBy: approval.decideBy.toISOString(),
    executeBy: action.executeBy.toISOString(),
  };
}
