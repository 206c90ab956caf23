import { cancelApprovalsOf } from '@openloop/approvals';
import {
  actorOf,
  AppError,
  type Actor,
  type Principal,
  type RunId,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';

import type { Driving } from './advance.js';
import type { ClaimedRun, RunOutcome, RunState } from './run.js';
import type { RunStores } from './run-store.js';

const STATE = { answered: 'completed', stopped: 'failed', cancelled: 'cancelled' } as const satisfies Record<
  RunOutcome['kind'],
  RunState
>;

/** Ends a run: its state, its answer in the transcript and the audit, together. */
export async function finish({ claimed, lease, parts }: Driving, outcome: RunOutcome): Promise<void> {
  const { workspace, runId, token } = lease.leased;
  await parts.transact(workspace, async (stores) => {
    const ended = await stores.runs.finish(runId, token, STATE[outcome.kind], outcome);
    if (!ended) return;
    if (ended.next) stores.outbox.add({ name: 'run', id: ended.next });
    if (outcome.kind === 'cancelled') await cancelApprovalsOf(stores, runId, { kind: 'system' });
    if (outcome.kind !== 'cancelled') {
      await stores.sessions.say(claimed.run.sessionId, {
        role: 'assistant',
        authorId: null,
        runId,
        text: outcome.text,
      });
    }
    auditEnd(stores, claimed, outcome);
    stores.outbox.add({ name: 'show', id: runId });
  });
}

/** Lets go of a run that waits for a person. Nothing of it stays in memory. False when it may not wait. */
export function park({ claimed, lease, parts }: Driving): Promise<boolean> {
  const { workspace, runId, token } = lease.leased;
  return parts.transact(workspace, async ({ runs, audit, outbox }) => {
    const parked = await runs.park(runId, token);
    if (!parked) return false;
    // An action may have settled between the look and the parking: its wake-up found the run still leased.
    if (parked.unsettled === 0) outbox.add({ name: 'run', id: runId });
    if (parked.next) outbox.add({ name: 'run', id: parked.next });
    outbox.add({ name: 'show', id: runId });
    const actions =
      claimed.steps.at(-1)?.calls.flatMap((call) => (call.verdict === 'held' ? [call.actionId] : [])) ?? [];
    audit.append({
      name: 'run.waiting',
      actor: agentActor(claimed),
      facts: { runId, agentId: claimed.run.agentId, actions },
    });
    return true;
  });
}

/**
 * Stops a run at a person's word. One nobody works on ends at once, with what it held; a working one stops at its
 * next heartbeat and what it had held is cancelled then.
 * @throws AppError `not_found` / `runs.not_found`, `conflict` / `runs.finished`
 */
export function cancelRun(
  transact: Transact<RunStores>,
  workspace: WorkspaceId,
  runId: RunId,
  by: Principal,
): Promise<RunState> {
  return transact(workspace, async (stores) => {
    const found = await stores.runs.cancel(runId, by.handle);
    if (!found) throw new AppError('not_found', 'runs.not_found', `There is no run ${runId}`);
    if (!found.changed) throw new AppError('conflict', 'runs.finished', `The run is already ${found.state}`);
    const about = { runId, agentId: found.agentId };
    if (found.state === 'running') {
      stores.audit.append({ name: 'run.cancel_requested', actor: actorOf(by), facts: about });
    }
    if (found.state === 'cancelled') {
      await cancelApprovalsOf(stores, runId, actorOf(by));
      stores.outbox.add({ name: 'show', id: runId });
      stores.audit.append({
        name: 'run.cancelled',
        actor: actorOf(by),
        facts: { runId, agentId: found.agentId, by: by.handle },
      });
    }
    return found.state;
  });
}

function auditEnd({ audit }: RunStores, claimed: ClaimedRun, outcome: RunOutcome): void {
  const { id: runId, agentId, costMicros } = claimed.run;
  const actor = agentActor(claimed);
  if (outcome.kind === 'answered') {
    audit.append({
      name: 'run.completed',
      actor,
      facts: { runId, agentId, costMicros, steps: claimed.steps.length },
    });
  } else if (outcome.kind === 'stopped') {
    audit.append({
      name: 'run.failed',
      actor,
      facts: { runId, agentId, reason: outcome.code, detail: outcome.detail },
    });
  } else {
    audit.append({ name: 'run.cancelled', actor, facts: { runId, agentId, by: outcome.by } });
  }
}

export function agentActor({ run, revision }: ClaimedRun): Actor {
  return { kind: 'agent', id: run.agentId, name: revision.agent.name };
}
