import type { Approval } from '@openloop/approvals';
import {
  canonicalJson,
  functionName,
  randomChars,
  type ActionId,
  type Actor,
  type Permission,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import { grantApproved } from '@openloop/policy';
import {
  pinnedOwner,
  type PinnedOwner,
  type Toolbox,
  type ToolCatalog,
  type WriteResult,
} from '@openloop/tools';

import { actionDigest, type Action, type ActionOutcome } from './action.js';
import type { ActionStores, LockedAction, Settlement } from './action-store.js';
import { whyNotSend, type Objection } from './why-not.js';

export interface ActionParts {
  transact: Transact<ActionStores>;
  toolbox: Toolbox;
}

interface Claimed {
  action: Action;
  approval: Approval;
  fence: string;
  agentName: string;
}

const SEND_TIMEOUT_MS = 30_000;
const FIRST_LOOK_SECONDS = 10;
/** A target that keeps saying "later" is believed this often. */
const MOST_ATTEMPTS = 5;
const FENCE_CHARS = 26;
/** When something that a send depends on cannot be known, until its time is over. */
const ASK_AGAIN_SECONDS = 30;

/**
 * Sends an approved write, at most once, however often the queue asks. The claim commits before the first byte
 * leaves; what comes back decides between done, failed (proven not to have happened) and unknown.
 * False when there was nothing to send.
 */
export async function execute(
  parts: ActionParts,
  workspace: WorkspaceId,
  id: ActionId,
  { areVotersKnown = true } = {},
): Promise<boolean> {
  const { transact, toolbox } = parts;
  let tools = toolbox.native;
  let claimed = await transact(workspace, (stores) =>
    claim(stores, { tools, hasLooked: false, areVotersKnown }, id),
  );
  if (claimed && 'look' in claimed) {
    // No transaction waits for a server: what somebody else's tool is now is read between two of them.
    const { owner, permission } = claimed.look;
    tools = await toolbox.of(owner, { maxAgeMs: 0, functions: [functionName(permission)] });
    claimed = await transact(workspace, (stores) =>
      claim(stores, { tools, hasLooked: true, areVotersKnown }, id),
    );
  }
  if (!claimed || 'look' in claimed) return false;

  const result = await send(claimed, tools);

  await parts.transact(workspace, (stores) => record(stores, claimed, result));
  return true;
}

interface Sending {
  tools: ToolCatalog;
  /** Whether the servers of the agent's outside tools were asked. */
  hasLooked: boolean;
  areVotersKnown: boolean;
}

async function claim(
  stores: ActionStores,
  sending: Sending,
  id: ActionId,
): Promise<Claimed | { look: Look } | null> {
  const locked = await stores.actions.lock(id);
  if (!locked || !isDue(locked)) return null;
  const { action, approval, agent } = locked;

  const look = sending.hasLooked ? null : await lookFor(stores, sending.tools, action);
  if (look) return { look };
  const objection = await whyNot(stores, sending, locked);
  if (objection || !approval) return notSent(stores, action, objection);
  const fence = randomChars(FENCE_CHARS);
  if (!(await stores.actions.start(id, fence))) return null;
  const facts = { ...factsOf(action), attempt: action.attempt + 1 };
  stores.audit.append({ name: 'action.started', actor: actorOf(action, agent.name), facts });
  return { action: { ...action, attempt: action.attempt + 1 }, approval, fence, agentName: agent.name };
}

function isDue({ action: { state, notBefore }, now }: LockedAction): boolean {
  return state === 'ready' && (notBefore === null || notBefore <= now);
}

async function notSent(stores: ActionStores, action: Action, objection: Objection | null): Promise<null> {
  if (objection?.kind === 'wait') {
    await stores.actions.postpone(action.id, ASK_AGAIN_SECONDS);
    return null;
  }
  const reason = objection?.reason ?? '';
  await stores.held.refuse(action.id, { kind: 'stale', reason, by: null });
  stores.audit.append({
    name: 'action.refused',
    actor: { kind: 'system' },
    facts: { ...factsOf(action), reason },
  });
  stores.outbox.add({ name: 'show', id: action.id });
  wakeRun(stores, action);
  return null;
}

interface Look {
  owner: PinnedOwner;
  permission: Permission;
}

/** Whom to ask about a tool that is not one of ours; `null` for one that is. */
async function lookFor(
  { agents }: ActionStores,
  tools: ToolCatalog,
  { agentId, agentRevision, permission }: Action,
): Promise<Look | null> {
  if (tools.definitionDigest(permission) !== null) return null;
  const held = await agents.revision(agentId, agentRevision);
  if (!held) return null;
  return { owner: pinnedOwner(held), permission };
}

async function whyNot(
  { agents }: ActionStores,
  { tools, areVotersKnown }: Sending,
  locked: LockedAction,
): Promise<Objection | null> {
  const { action, agent } = locked;
  const held = await agents.revision(action.agentId, action.agentRevision);
  const now =
    agent.revision === action.agentRevision ? held : await agents.revision(action.agentId, agent.revision);
  return whyNotSend(locked, {
    held: held?.agent,
    now: now?.agent,
    toolDigest: tools.definitionDigest(action.permission),
    unusable: tools.unusable(action.permission),
    isAway: tools.isAway(action.permission),
    areVotersKnown,
  });
}

async function send({ action, approval }: Claimed, tools: ToolCatalog): Promise<WriteResult> {
  const checked = tools.checkFor(action.permission, JSON.parse(action.args));
  if (checked.kind === 'rejected') return { kind: 'failed', reason: checked.reason };
  // What is sent is what the tool reads from the arguments now: the same bytes as were approved, or nothing.
  if (canonicalJson(checked.call.args) !== action.args) {
    return { kind: 'failed', reason: 'Its arguments no longer read as they were approved' };
  }
  const proof = {
    approvalState: approval.state,
    decidedDigest: approval.digest,
    sendDigest: actionDigest(action),
  };
  const context = { signal: AbortSignal.timeout(SEND_TIMEOUT_MS), effectKey: action.effectKey };
  return tools.carryOut(grantApproved(checked.call, proof), context);
}

async function record(
  stores: ActionStores,
  { action, fence, agentName }: Claimed,
  result: WriteResult,
): Promise<void> {
  const end = settlementOf(result, action.attempt);
  // Somebody else took it over while this worker was silent: their account of it stands.
  if (!(await stores.actions.settle(action.id, fence, end))) return;

  stores.outbox.add({ name: 'show', id: action.id });
  const actor = actorOf(action, agentName);
  const facts = factsOf(action);
  if (result.kind === 'done') {
    stores.audit.append({
      name: 'action.done',
      actor,
      facts: { ...facts, externalId: result.externalId, adopted: false },
    });
  } else {
    const name =
      end.state === 'unknown'
        ? 'action.unknown'
        : end.state === 'ready'
          ? 'action.postponed'
          : 'action.failed';
    stores.audit.append({ name, actor, facts: { ...facts, reason: result.reason } });
  }
  if (end.state === 'done' || end.state === 'failed') wakeRun(stores, action);
}

function settlementOf(result: WriteResult, attempt: number): Settlement {
  switch (result.kind) {
    case 'done':
      return { state: 'done', outcome: { ...result, adopted: false } };
    case 'failed':
      return result.retryAfterMs !== undefined && attempt < MOST_ATTEMPTS
        ? { state: 'ready', retryInMs: result.retryAfterMs }
        : { state: 'failed', outcome: failure(result.reason) };
    case 'unknown':
      return {
        state: 'unknown',
        outcome: { kind: 'unknown', reason: result.reason },
        lookInSeconds: FIRST_LOOK_SECONDS,
      };
  }
}

function failure(reason: string): ActionOutcome {
  return { kind: 'failed', reason };
}

export function factsOf({ id, agentId, origin, permission, digest }: Action) {
  return { actionId: id, agentId, ...(origin && { runId: origin.runId }), permission, digest };
}

export function actorOf({ agentId }: Action, name: string): Actor {
  return { kind: 'agent', id: agentId, name };
}

export function wakeRun({ outbox }: ActionStores, { origin }: Action): void {
  if (origin) outbox.add({ name: 'run', id: origin.runId });
}
