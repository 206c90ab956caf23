import type { Action, ActionOutcome } from '@openloop/actions';
import type { ActionId, AgentId, Permission, RunId } from '@openloop/kernel';
import type { Selectable } from 'kysely';

import type { Schema } from './schema.js';

export function toAction(row: Selectable<Schema['actions']>): Action {
  return {
    id: row.id as ActionId, // ids keep their prefix; the casts below rest on the table's checks
    agentId: row.agent_id as AgentId,
    agentRevision: row.agent_revision,
    origin:
      row.run_id === null
        ? null
        : { runId: row.run_id as RunId, step: row.step ?? 0, callIndex: row.call_index ?? 0 },
    permission: row.permission as Permission,
    args: row.args,
    terms: row.terms,
    digest: row.digest,
    effectKey: row.effect_key,
    state: row.state as Action['state'],
    attempt: row.attempt,
    startedAt: row.started_at,
    notBefore: row.not_before,
    executeBy: row.execute_by,
    looks: row.looks,
    outcome: row.outcome as ActionOutcome | null,
  };
}
