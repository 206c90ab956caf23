import type { CallView, RunView, StepView } from '@openloop/api-contract';
import { shortId, usdFromMicros } from '@openloop/kernel';
import type { RunOutcome, RunRecord, Step, StepAction, StepCall } from '@openloop/runs';

import { actionView } from './approval-view.js';

export function runView({
  run,
  agent,
  initiator,
  input,
  steps,
  createdAt,
  startedAt,
  finishedAt,
  heldApprovals,
}: RunRecord): RunView {
  return {
    id: run.id,
    short_id: shortId(run.id),
    agent,
    revision: run.revision,
    status: run.state,
    surface: run.trigger.surface,
    thread: run.trigger.thread,
    initiator,
    input,
    answer: run.outcome?.kind === 'answered' ? run.outcome.text : null,
    failure: failureOf(run.outcome),
    steps,
    cost: { usd: usdFromMicros(run.costMicros), simulated: run.simulated },
    approvals: [...heldApprovals],
    created_at: createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    finished_at: finishedAt?.toISOString() ?? null,
  };
}

function failureOf(outcome: RunOutcome | null): RunView['failure'] {
  if (outcome?.kind === 'stopped') return { code: outcome.code, message: outcome.text };
  if (outcome?.kind === 'cancelled')
    return {
      code: 'cancelled',
      message: `⛔ Stopped${outcome.by ? ` by ${outcome.by}` : ''}. Nothing more will run.`,
    };
  return null;
}

export interface StepTimes {
  simulated: boolean;
  approvalOf: ReadonlyMap<string, string>;
  actions: ReadonlyMap<string, StepAction>;
}

export function stepView({ step, createdAt }: { step: Step; createdAt: Date }, around: StepTimes): StepView {
  return {
    step: step.ordinal,
    model: step.model,
    input_tokens: step.usage?.input ?? 0,
    output_tokens: step.usage?.output ?? 0,
    cost_usd: step.costMicros === null ? null : usdFromMicros(step.costMicros),
    simulated: around.simulated,
    text: step.reply.text || null,
    calls: step.calls.map((call) => callView(call, step, around)),
    started_at: new Date(createdAt.getTime() - step.latencyMs).toISOString(),
    finished_at: createdAt.toISOString(),
  };
}

function callView(call: StepCall, { results }: Step, { approvalOf, actions }: StepTimes): CallView {
  const shown = {
    id: call.id,
    name: call.name,
    permission: call.permission,
    started_at: null,
    finished_at: null,
  };
  if (call.verdict === 'refused') {
    return {
      ...shown,
      permission: call.permission === call.name ? null : call.permission,
      outcome: 'refused',
      summary: call.reason,
      approval: null,
      action: null,
    };
  }
  if (call.verdict === 'held') {
    const action = actions.get(call.actionId);
    return {
      ...shown,
      outcome: 'action',
      summary: null,
      approval: approvalOf.get(call.actionId) ?? null,
      action: action ? actionView(action) : null,
    };
  }
  const result = results?.find(({ callId }) => callId === call.id);
  const outcome = result === undefined ? 'pending' : result.isError ? 'failed' : 'read';
  return { ...shown, outcome, summary: result ? summaryOf(result.text) : null, approval: null, action: null };
}

const SUMMARY_LIMIT = 200;

function summaryOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (
      typeof parsed === 'object' &&
      parsed !== null &&
      'summary' in parsed &&
      typeof parsed.summary === 'string'
    )
      return parsed.summary;
  } catch {
    // An error's words are not JSON; they are shown as they are.
  }
  return text.slice(0, SUMMARY_LIMIT);
}
