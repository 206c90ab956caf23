import type { Agent } from '@openloop/agent-spec';
import { validApprovals } from '@openloop/approvals';
import { isAllowed } from '@openloop/policy';

import { actionDigest } from './action.js';
import type { LockedAction } from './action-store.js';

/** The agent as it was when the action was held, and as it is now: a send needs the permission of both. */
export interface Authority {
  held: Agent | undefined;
  now: Agent | undefined;
  toolDigest: string | null;
}

/**
 * The last look before the claim: why an approved action must not be sent after all, or `null`.
 * Everything is read again from the row that is about to be sent, because it may have changed since the decision.
 */
export function whyNotSend(locked: LockedAction, authority: Authority): string | null {
  const { action, approval, now, agent } = locked;
  if (approval?.state !== 'approved') return 'There is no approval for it';
  if (actionDigest(action) !== action.digest || approval.digest !== action.digest) {
    return 'digest_mismatch: its content is not what was approved';
  }
  if (action.executeBy <= now) return 'It was approved too long ago';
  if (locked.isRunCancelled) return 'Its run was cancelled';
  if (agent.state !== 'active') return `${agent.name} is paused`;
  if (authority.toolDigest !== approval.toolDigest)
    return `The definition of ${action.permission} has changed`;
  const allowed = [authority.held, authority.now].every((each) => each && isAllowed(action.permission, each));
  if (!allowed) return `${action.permission} is no longer allowed for ${agent.name}`;
  if (validApprovals(approval, locked.votes).length < approval.minApprovals) {
    return 'Somebody who approved it may no longer do so';
  }
  return null;
}
