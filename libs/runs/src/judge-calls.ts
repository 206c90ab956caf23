import type { Agent } from '@openloop/agent-spec';
import { canonicalJson, newId, type ActionId } from '@openloop/kernel';
import type { ModelReply } from '@openloop/models';
import { judge, type ApprovalRule, type CheckedCall } from '@openloop/policy';
import type { ToolCatalog } from '@openloop/tools';

import type { StepCall } from './run.js';

/** A call with what was made of it, and for a write what it takes to hold it. */
export interface JudgedCall {
  step: StepCall;
  write?: { actionId: ActionId; call: CheckedCall; rule: ApprovalRule };
}

const MOST_CALLS = 32;

/**
 * What becomes of each call of a reply. One that was cut off makes none: a half call is never guessed.
 * A second call with the same id is dropped: its result would have no place.
 */
export function judgeCalls(
  { toolCalls, finish }: Pick<ModelReply, 'toolCalls' | 'finish'>,
  agent: Agent,
  tools: ToolCatalog,
): JudgedCall[] {
  if (finish === 'length') return [];
  const unique = toolCalls.filter((call, i) => toolCalls.findIndex(({ id }) => id === call.id) === i);
  return unique.map((call, index) =>
    index < MOST_CALLS
      ? judgeCall(call, agent, tools)
      : refused(call, call.name, `Only ${MOST_CALLS} calls can be made at once`),
  );
}

type Call = ModelReply['toolCalls'][number];

function judgeCall(call: Call, agent: Agent, tools: ToolCatalog): JudgedCall {
  const checked = tools.check(call);
  if (checked.kind === 'rejected') return refused(call, checked.permission, checked.reason);

  const { permission } = checked.call;
  const verdict = judge(checked.call, agent);
  if (verdict.kind === 'deny') return refused(call, permission, verdict.reason);
  if (verdict.kind === 'allow') return { step: { ...call, permission, verdict: 'read' } };
  const unclear = notCanonical(checked.call.args);
  if (unclear) return refused(call, permission, unclear);

  const actionId = newId('act');
  return {
    step: { ...call, permission, verdict: 'held', actionId },
    write: { actionId, call: checked.call, rule: verdict.rule },
  };
}

/** Arguments that have no exact bytes cannot be decided on. */
function notCanonical(args: unknown): string | null {
  try {
    canonicalJson(args);
    return null;
  } catch (error) {
    return error instanceof Error ? `invalid arguments: ${error.message}` : 'invalid arguments';
  }
}

function refused(call: Call, permission: string, reason: string): JudgedCall {
  return { step: { ...call, permission, verdict: 'refused', reason } };
}
