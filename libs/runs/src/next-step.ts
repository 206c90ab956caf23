import { propose } from '@openloop/actions';
import { chooseModel } from '@openloop/models';
import type { ToolCatalog } from '@openloop/tools';

import type { Driving } from './advance.js';
import { askModel, type Asked } from './ask-model.js';
import { agentActor } from './finish.js';
import { judgeCalls, type JudgedCall } from './judge-calls.js';
import { threadOf, type RunOutcome, type Step } from './run.js';
import type { RunStores } from './run-store.js';
import { toolsFor } from './tools-of.js';
import { usageOf } from './usage-of.js';

/**
 * One model reply, written down with everything it entails before anything else happens: what it cost, what it
 * said, which of its calls are refused, and the actions it proposed. Gives the outcome when the run must end.
 */
export async function nextStep(driving: Driving): Promise<RunOutcome | null> {
  const { claimed, lease, parts } = driving;
  const { agent } = claimed.revision;
  const { model } = chooseModel(agent.modelPolicy, claimed.run.trigger.labels);
  const startedAt = parts.clock.now().getTime();
  const answer = await askModel(driving, model);
  if ('outcome' in answer) return answer.outcome;

  const latencyMs = Math.max(0, parts.clock.now().getTime() - startedAt);
  const tools = await toolsFor(driving, answer.reply.toolCalls);
  const judged = judgeCalls(answer.reply, agent, tools);
  const step = stepOf(claimed.steps.length + 1, answer, judged, latencyMs);
  const countedTo = parts.clock.now().getTime();
  const activeMs = Math.max(0, countedTo - driving.countedTo);
  const isSaved = await parts.transact(lease.leased.workspace, (stores) =>
    save(stores, driving, { answer, judged, tools, step, activeMs }),
  );
  if (!isSaved) {
    await lease.check();
    return null;
  }
  claimed.steps.push(step);
  driving.countedTo = countedTo;
  claimed.run.activeMs += activeMs;
  claimed.run.stalls = 0;
  claimed.run.costMicros += answer.costMicros ?? 0;
  return null;
}

function stepOf(
  ordinal: number,
  { reply, model, costMicros }: Asked,
  judged: readonly JudgedCall[],
  latencyMs: number,
): Step {
  const calls = judged.map(({ step }) => step);
  const { text, finish, providerData, usage } = reply;
  return {
    ordinal,
    model,
    reply: { text, finish, ...(providerData !== undefined && { providerData }) },
    calls,
    results: calls.some(({ verdict }) => verdict === 'read') ? null : [],
    usage,
    costMicros,
    latencyMs,
  };
}

interface Replied {
  answer: Asked;
  judged: readonly JudgedCall[];
  /** As they were when the calls were judged. */
  tools: ToolCatalog;
  step: Step;
  activeMs: number;
}

/** False when the lease was lost: the money is booked all the same, because it was spent; the step is not ours to write. */
async function save(stores: RunStores, driving: Driving, replied: Replied): Promise<boolean> {
  const { lease } = driving;
  const { answer, step, activeMs } = replied;
  const { runId, token } = lease.leased;
  const saved = { ...step, simulated: answer.simulated, activeMs };
  const isOurs = await stores.runs.saveStep(runId, token, saved);
  if (isOurs) await follow(stores, driving, replied);
  await book(stores, answer);
  await stores.usage.record(usageOf(driving.claimed.run, answer, 'ok'));
  return isOurs;
}

/** Last of all: an agent's runs share its counters, and wait for them until the commit. */
async function book({ budgetBooks }: RunStores, { holdId, reply, costMicros }: Asked): Promise<void> {
  if (!holdId) return;
  if (reply.usage && costMicros !== null) await budgetBooks.settle(holdId, costMicros);
  else await budgetBooks.charge(holdId);
}

/** What a written step entails: its writes are held, its refusals are on record. */
async function follow(
  stores: RunStores,
  driving: Driving,
  { answer, judged, tools, step }: Replied,
): Promise<void> {
  const { id: runId, agentId } = driving.claimed.run;
  const { reply, model, costMicros } = answer;
  const actor = agentActor(driving.claimed);
  const flag = reply.usage ? {} : { flag: 'usage_missing' };
  stores.audit.append({
    name: 'model.replied',
    actor,
    facts: { runId, agentId, model, costMicros, ...flag },
  });
  for (const [index, call] of judged.entries()) await hold(stores, driving, { call, index, step, tools });
  for (const call of step.calls) {
    if (call.verdict !== 'refused') continue;
    const { permission, reason } = call;
    stores.audit.append({ name: 'call.refused', actor, facts: { runId, agentId, permission, reason } });
  }
}

async function hold(
  stores: RunStores,
  { claimed, lease }: Driving,
  {
    call: { write },
    index,
    step,
    tools,
  }: { call: JudgedCall; index: number } & Pick<Replied, 'step' | 'tools'>,
): Promise<void> {
  if (!write) return;
  const { actionId, call, rule } = write;
  const description = tools.describe(call);
  await propose(stores, {
    actionId,
    workspaceId: lease.leased.workspace,
    revision: claimed.revision,
    origin: { runId: claimed.run.id, step: step.ordinal, callIndex: index },
    call,
    description,
    toolDigest: tools.definitionDigest(call.permission) ?? '',
    rule,
    initiatorId: claimed.run.initiatorId,
    statedReason: step.reply.text.trim() || null,
    thread: threadOf(claimed.run),
  });
  claimed.actions.set(actionId, { id: actionId, state: 'held', outcome: null });
}
