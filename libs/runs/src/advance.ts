import { isSettled } from '@openloop/actions';
import type { AgentLimits } from '@openloop/agent-spec';
import { randomChars, type Clock, type RunId, type Transact, type WorkspaceId } from '@openloop/kernel';
import type { Budgets } from '@openloop/ledger';
import type { Models, PriceTable } from '@openloop/models';
import type { Toolbox } from '@openloop/tools';

import { carryOutReads } from './carry-out-reads.js';
import { finish, park } from './finish.js';
import { Lease, LEASE_SECONDS } from './lease.js';
import { nextStep } from './next-step.js';
import { MOST_STALLS, threadOf, type ClaimedRun, type Run, type RunOutcome, type Step } from './run.js';
import type { RunStores } from './run-store.js';
import { stopped } from './stop-words.js';

export interface RunParts {
  transact: Transact<RunStores>;
  models: Models;
  prices: PriceTable;
  toolbox: Toolbox;
  budgets: Budgets;
  clock: Clock;
  /** Waits; a test passes one that does not. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A run in the hands of the worker that leased it. */
export interface Driving {
  claimed: ClaimedRun;
  lease: Lease;
  parts: RunParts;
  /** Since when its present work is not yet counted as active time. */
  countedTo: number;
}

/** What comes next for a run, decided from its written steps alone. */
type Next =
  { kind: 'step' } | { kind: 'reads'; step: Step } | { kind: 'wait' } | { kind: 'end'; outcome: RunOutcome };

const MOST_MALFORMED_STEPS = 3;
const MINUTE_MS = 60_000;
const TOKEN_CHARS = 26;

/**
 * Takes a run as far as it can go now: asks the model, writes the step down, carries out reads, holds writes,
 * until it answers, must wait for a person, or is stopped. Called by the queue, possibly twice for one run:
 * only one caller gets the lease. After a crash the next caller continues from the last written step.
 */
export async function advance(parts: RunParts, workspace: WorkspaceId, runId: RunId): Promise<void> {
  const token = randomChars(TOKEN_CHARS);
  const claimed = await parts.transact(workspace, async ({ runs, outbox }) => {
    const run = await runs.claim(runId, token, LEASE_SECONDS);
    // A run that waited is seen to work again.
    if (run && run.steps.length > 0 && threadOf(run.run)) outbox.add({ name: 'show', id: runId });
    return run;
  });
  if (!claimed) return;

  const lease = new Lease({ workspace, runId, token }, parts.transact);
  try {
    await drive({ claimed, lease, parts, countedTo: parts.clock.now().getTime() });
  } finally {
    lease.release();
  }
}

async function drive(driving: Driving): Promise<void> {
  const { claimed, lease } = driving;
  while (!lease.signal.aborted) {
    const next = whatNext(claimed);
    if (next.kind === 'end') return finish(driving, next.outcome);
    if (next.kind === 'wait') {
      if (await park(driving)) return;
      // It may not wait: the row knows why, and tells the lease.
      await lease.check();
      continue;
    }
    const end = next.kind === 'reads' ? await carryOutReads(driving, next.step) : await nextStep(driving);
    // An aborted call looks like a failed one: what ended it is the lease's to say.
    if (end && !lease.signal.aborted) return finish(driving, end);
  }
  if (lease.cancelledBy) await finish(driving, { kind: 'cancelled', by: lease.cancelledBy });
}

function whatNext({ run, revision, agentState, steps, actions }: ClaimedRun): Next {
  const last = steps.at(-1);
  if (run.cancelRequestedBy)
    return { kind: 'end', outcome: { kind: 'cancelled', by: run.cancelRequestedBy } };
  if (last?.calls.length === 0) return { kind: 'end', outcome: answerOf(last) };
  if (last?.results === null) return { kind: 'reads', step: last };
  if (last && hasUnsettled(last, actions)) return { kind: 'wait' };
  if (agentState === 'paused') return { kind: 'end', outcome: stopped('agent_paused', revision.agent.name) };
  const limit = limitReached(run, revision.agent.limits, steps);
  return limit ? { kind: 'end', outcome: limit } : { kind: 'step' };
}

function answerOf({ reply: { text, finish: end } }: Step): RunOutcome {
  return text.trim() ? { kind: 'answered', text } : stopped('no_answer', `an empty reply, ended with ${end}`);
}

function limitReached(
  { activeMs, stalls }: Run,
  limits: AgentLimits,
  steps: readonly Step[],
): RunOutcome | null {
  if (stalls > MOST_STALLS) return stopped('internal', `taken up ${stalls} times without getting on`);
  if (onlyMalformed(steps)) return stopped('malformed_calls', `${MOST_MALFORMED_STEPS} steps in a row`);
  if (steps.length >= limits.maxSteps) return stopped('step_limit', `${limits.maxSteps} steps`);
  const isLate = activeMs >= limits.maxMinutes * MINUTE_MS;
  return isLate ? stopped('time_limit', `${limits.maxMinutes} minutes`) : null;
}

function hasUnsettled({ calls }: Step, actions: ClaimedRun['actions']): boolean {
  return calls.some((call) => {
    if (call.verdict !== 'held') return false;
    const state = actions.get(call.actionId)?.state;
    return state === undefined || !isSettled(state);
  });
}

function onlyMalformed(steps: readonly Step[]): boolean {
  const last = steps.slice(-MOST_MALFORMED_STEPS);
  return (
    last.length === MOST_MALFORMED_STEPS &&
    last.every(({ calls }) => calls.every(({ verdict }) => verdict === 'refused'))
  );
}
