import type { ActionOutcome } from '@openloop/actions';
import type { ActionId, AgentId, Handle, PrincipalId, RunId, SessionId } from '@openloop/kernel';
import type { Run, RunOutcome, Step, StepAction } from '@openloop/runs';
import type { RunTrigger } from '@openloop/sessions';
import type { Selectable } from 'kysely';

import type { Schema } from './schema.js';

export function toRun(row: Selectable<Schema['runs']>): Run {
  return {
    id: row.id as RunId, // ids keep their prefix; the casts below rest on the table's checks
    agentId: row.agent_id as AgentId,
    revision: row.revision,
    sessionId: row.session_id as SessionId,
    triggerSeq: row.trigger_seq,
    trigger: row.trigger as RunTrigger,
    initiatorId: row.initiator_id as PrincipalId,
    state: row.state as Run['state'],
    cancelRequestedBy: row.cancel_requested_by as Handle | null,
    stalls: row.stalls,
    activeMs: row.active_ms,
    costMicros: row.cost_micros,
    simulated: row.simulated,
    outcome: row.outcome as RunOutcome | null,
  };
}

export function toStep(row: Selectable<Schema['steps']>): Step {
  const usage =
    row.input_tokens === null
      ? null
      : { input: row.input_tokens, output: row.output_tokens ?? 0, cacheRead: 0, cacheWrite: 0 };
  return {
    ordinal: row.ordinal,
    model: row.model as Step['model'], // written from a step, as are the next three
    reply: row.reply as Step['reply'],
    calls: row.calls as Step['calls'],
    results: row.results as Step['results'],
    usage,
    costMicros: row.cost_micros,
    latencyMs: row.latency_ms,
  };
}

export function toStepAction(
  row: Pick<Selectable<Schema['actions']>, 'id' | 'state' | 'outcome'>,
): StepAction {
  return {
    id: row.id as ActionId,
    state: row.state as StepAction['state'],
    outcome: row.outcome as ActionOutcome | null,
  }; // as above
}
