import type { Revision } from '@openloop/agents';
import {
  canonicalJson,
  newId,
  randomChars,
  type ActionId,
  type ApprovalId,
  type PrincipalId,
  type WorkspaceId,
} from '@openloop/kernel';
import type { ApprovalRule, CheckedCall } from '@openloop/policy';
import type { ThreadRef } from '@openloop/surfaces';
import type { Description } from '@openloop/tools';

import { actionDigest, canonicalTerms, type Action } from './action.js';
import type { ActionStores } from './action-store.js';

export interface Proposal {
  /** Made by the caller, who writes down which call it stands for. */
  actionId: ActionId;
  workspaceId: WorkspaceId;
  revision: Revision;
  origin: Action['origin'];
  call: CheckedCall;
  description: Description;
  toolDigest: string;
  rule: ApprovalRule;
  initiatorId: PrincipalId;
  /** The agent's words, shown as a quote. */
  statedReason: string | null;
  /** Where it was asked for, and its card is shown; `null` for a call from outside a thread. */
  thread: ThreadRef | null;
}

/** 26 characters of base 32: 130 random bits. */
const EFFECT_KEY_CHARS = 26;
/** How long after the last moment to decide an approved write may still be sent. */
const EXECUTE_GRACE_MS = 3_600_000;

/** Writes a held action and the asking for it, inside the caller's transaction. */
export async function propose(stores: ActionStores, proposal: Proposal): Promise<ApprovalId> {
  const { revision, origin, call, description, toolDigest, rule, initiatorId, statedReason, thread } =
    proposal;
  const now = await stores.actions.now();
  const decideBy = new Date(now.getTime() + rule.decideWithinMs);
  const action = actionOf(proposal, decideBy);
  const approvalId = newId('apr');
  const runId = origin?.runId ?? null;

  await stores.actions.insert(action);
  await stores.approvals.insert(
    {
      id: approvalId,
      kind: 'approve',
      actionId: action.id,
      agentId: revision.agentId,
      runId,
      digest: action.digest,
      permission: call.permission,
      authorityDigest: revision.authorityDigest,
      toolDigest,
      description,
      statedReason,
      approvers: rule.approvers,
      minApprovals: rule.minApprovals,
      selfApproval: rule.selfApproval,
      initiatorId,
    },
    decideBy,
  );
  if (thread) await stores.deliveries.open(action.id, thread);
  const actor = { kind: 'agent' as const, id: revision.agentId, name: revision.agent.name };
  const facts = {
    agentId: revision.agentId,
    ...(runId && { runId }),
    digest: action.digest,
    permission: call.permission,
  };
  stores.audit.append({ name: 'action.proposed', actor, facts: { ...facts, actionId: action.id } });
  stores.audit.append({
    name: 'approval.requested',
    actor,
    facts: { ...facts, approvalId, approvers: rule.approvers, summary: description.summary },
  });
  return approvalId;
}

function actionOf(
  { actionId, workspaceId, revision, origin, call, description, toolDigest, rule, initiatorId }: Proposal,
  decideBy: Date,
) {
  const effectKey = randomChars(EFFECT_KEY_CHARS);
  const executeBy = new Date(decideBy.getTime() + EXECUTE_GRACE_MS);
  const args = canonicalJson(call.args);
  const terms = canonicalTerms({
    workspaceId,
    agentId: revision.agentId,
    authorityDigest: revision.authorityDigest,
    runId: origin?.runId ?? null,
    call: origin && { step: origin.step, index: origin.callIndex },
    permission: call.permission,
    toolDigest,
    target: description.target,
    effectKey,
    initiatorId,
    approvers: rule.approvers,
    minApprovals: rule.minApprovals,
    selfApproval: rule.selfApproval,
    decideBy: decideBy.toISOString(),
    executeBy: executeBy.toISOString(),
    nonce: randomChars(EFFECT_KEY_CHARS),
  });
  return {
    id: actionId,
    agentId: revision.agentId,
    agentRevision: revision.revision,
    origin,
    permission: call.permission,
    args,
    terms,
    digest: actionDigest({ args, terms }),
    effectKey,
    executeBy,
  };
}
