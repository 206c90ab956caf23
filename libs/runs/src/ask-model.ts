import type { Agent } from '@openloop/agent-spec';
import { AppError, messageOf, type MicroUsd } from '@openloop/kernel';
import { scopesOf, type BudgetScope, type NoRoom } from '@openloop/ledger';
import {
  affordableOutputTokens,
  costOf,
  ModelError,
  priceOf,
  requestBytes,
  upperBound,
  type ModelName,
  type ModelPrice,
  type ModelReply,
  type ModelRequest,
} from '@openloop/models';
import { allowedPermissions } from '@openloop/policy';
import { pinnedOwner } from '@openloop/tools';

import type { Driving } from './advance.js';
import { agentActor } from './finish.js';
import { instructionsFor } from './instructions.js';
import type { RunOutcome } from './run.js';
import { stopped, stoppedByBudget } from './stop-words.js';
import { chatMessages } from './transcript.js';
import { usageOf, type ModelCall } from './usage-of.js';

/** A reply and what it cost. `holdId` names the reservation it was made under, when there is a budget. */
export interface Asked extends ModelCall {
  reply: ModelReply;
}

interface Plan {
  model: ModelName;
  price: ModelPrice | null;
  scopes: readonly BudgetScope[];
  request: Omit<ModelRequest, 'signal' | 'maxOutputTokens'>;
  bytes: number;
}

const MOST_ATTEMPTS = 3;
const MOST_OUTPUT_TOKENS = 4_096;
/** Below this an answer would be cut off before it says anything. */
const LEAST_OUTPUT_TOKENS = 64;
const MODEL_TIMEOUT_MS = 120_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A hold nobody ended by then is charged in full. Longer than a call may take. */
const HOLD_SECONDS = 300;

/**
 * Asks the model for one step, with the money for it reserved first. Transient failures are tried again, each try
 * with a reservation of its own, because the provider may have billed the one that failed.
 */
export async function askModel(driving: Driving, model: ModelName): Promise<Asked | { outcome: RunOutcome }> {
  const plan = planOf(driving, model);
  if (plan.scopes.length > 0 && plan.price === null)
    return { outcome: stopped('model_price_unknown', model) };

  let lastFailure = '';
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const reserved = await reserve(driving, plan, attempt);
    if ('noRoom' in reserved) return { outcome: await overBudget(driving, plan, reserved.noRoom) };

    const answer = await attemptOnce(driving, plan, reserved);
    if ('reply' in answer) return answer;
    lastFailure = answer.failure;
    if (!answer.isTransient || driving.lease.signal.aborted) break;
    if (attempt < MOST_ATTEMPTS) await pause(driving, attempt, answer.retryAfterMs);
  }
  return { outcome: stopped('model_failed', lastFailure) };
}

function planOf(driving: Driving, model: ModelName): Plan {
  const { claimed, parts } = driving;
  const { agent } = claimed.revision;
  const request = {
    model,
    instructions: instructionsFor(agent),
    messages: chatMessages(claimed),
    tools: parts.toolbox.offer(pinnedOwner(claimed.revision), allowedPermissions(agent)),
  };
  return {
    model,
    price: priceOf(model, parts.prices),
    scopes: scopesOf(claimed.run.agentId, claimed.run.id, limitsOf(agent)),
    request,
    bytes: requestBytes(request),
  };
}

function limitsOf({ budget }: Agent) {
  return {
    monthlyMicros: budget.monthlyMicros,
    perTaskMicros: budget.perTaskMicros,
    mode: budget.onExceeded,
  };
}

interface Reserved {
  holdId: string | null;
  /** What the call is booked at when nobody says what it cost; `null` when its model has no known price. */
  mostMicros: MicroUsd | null;
  maxOutputTokens: number;
}

/** The answer is made as long as the tightest budget can pay for, so a limit is never found out afterwards. */
async function reserve(
  driving: Driving,
  plan: Plan,
  attempt: number,
): Promise<Reserved | { noRoom: NoRoom }> {
  const { claimed, lease, parts } = driving;
  const { workspace, token } = lease.leased;
  const { price, scopes, bytes } = plan;
  if (price === null) return { holdId: null, mostMicros: null, maxOutputTokens: MOST_OUTPUT_TOKENS };

  const room = await parts.budgets.room(workspace, scopes);
  const affordable = room === null ? MOST_OUTPUT_TOKENS : affordableOutputTokens(room, bytes, price);
  const maxOutputTokens = Math.max(LEAST_OUTPUT_TOKENS, Math.min(MOST_OUTPUT_TOKENS, affordable));
  const mostMicros = upperBound({ requestBytes: bytes, maxOutputTokens }, price);

  // The lease's token is part of the name: a call repeated after a crash is paid for beside the one that may have been billed.
  const id = `${claimed.run.id}:${claimed.steps.length + 1}:${token}:${attempt}`;
  const what = { runId: claimed.run.id, model: plan.model, simulated: parts.models.isSimulated(plan.model) };
  const reservation = { id, scopes, amountMicros: mostMicros, expiresInSeconds: HOLD_SECONDS, ...what };
  const noRoom = await parts.budgets.reserve(workspace, reservation);
  return noRoom ? { noRoom } : { holdId: id, mostMicros, maxOutputTokens };
}

type Failure = { failure: string; isTransient: boolean; retryAfterMs?: number };

async function attemptOnce(driving: Driving, plan: Plan, reserved: Reserved): Promise<Asked | Failure> {
  const { lease, parts } = driving;
  const signal = AbortSignal.any([lease.signal, AbortSignal.timeout(MODEL_TIMEOUT_MS)]);
  try {
    const { maxOutputTokens } = reserved;
    const reply = await parts.models.reply({ ...plan.request, maxOutputTokens, signal });
    return { ...billed(driving, plan, { reply, reserved }), reply };
  } catch (error) {
    const failure = failureOf(error);
    await failed(driving, plan, { reserved, error });
    return failure;
  }
}

function billed(
  { parts }: Driving,
  { model, price }: Plan,
  { reply: { usage }, reserved }: { reply: ModelReply; reserved: Reserved },
): ModelCall {
  const { holdId, mostMicros } = reserved;
  const costMicros = usage && price ? costOf(usage, price) : mostMicros;
  return { model, usage, costMicros, simulated: parts.models.isSimulated(model), holdId };
}

function failureOf(error: unknown): Failure {
  if (error instanceof ModelError) {
    const { retryAfterMs } = error.options;
    return {
      failure: error.message,
      isTransient: error.isTransient,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
  if (error instanceof AppError)
    return { failure: error.hint ? `${error.message}. ${error.hint}` : error.message, isTransient: false };
  return { failure: messageOf(error), isTransient: false };
}

/** Money goes back only when it is proven that nothing was billed; else it is charged, and the usage says so. */
async function failed(
  driving: Driving,
  plan: Plan,
  { reserved: { holdId, mostMicros }, error }: { reserved: Reserved; error: unknown },
): Promise<void> {
  const { claimed, lease, parts } = driving;
  const isFree = error instanceof AppError || (error instanceof ModelError && error.options.notBilled);
  const outcome = error instanceof ModelError && error.reason === 'rate_limited' ? 'rate_limited' : 'error';
  if (holdId && isFree) await parts.budgets.release(lease.leased.workspace, holdId);

  const call: ModelCall = {
    model: plan.model,
    usage: null,
    costMicros: isFree ? 0 : mostMicros,
    simulated: parts.models.isSimulated(plan.model),
    holdId,
  };
  await parts.transact(lease.leased.workspace, async ({ budgetBooks, usage }) => {
    if (holdId && !isFree) await budgetBooks.charge(holdId);
    await usage.record(usageOf(claimed.run, call, outcome));
  });
}

async function overBudget(driving: Driving, plan: Plan, noRoom: NoRoom): Promise<RunOutcome> {
  const { claimed, lease, parts } = driving;
  const call: ModelCall = {
    model: plan.model,
    usage: null,
    costMicros: 0,
    simulated: parts.models.isSimulated(plan.model),
    holdId: null,
  };
  const outcome = noRoom.scope.startsWith('run:') ? 'over_task_budget' : 'blocked';
  await parts.transact(lease.leased.workspace, async ({ usage, audit }) => {
    await usage.record(usageOf(claimed.run, call, outcome));
    const { id: runId, agentId } = claimed.run;
    const { scope, limitMicros, spentMicros } = noRoom;
    audit.append({
      name: 'budget.refused',
      actor: agentActor(claimed),
      facts: { runId, agentId, scope, limitMicros, spentMicros },
    });
  });
  return stoppedByBudget(noRoom, claimed.steps.length);
}

async function pause({ lease, parts }: Driving, attempt: number, retryAfterMs?: number): Promise<void> {
  const wait = Math.min(retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
  await parts.sleep(wait, lease.signal);
}
