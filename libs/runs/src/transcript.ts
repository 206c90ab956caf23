import type { ActionOutcome } from '@openloop/actions';
import type { ChatMessage } from '@openloop/models';

import type { ClaimedRun, Step, StepAction, StepCall } from './run.js';

/** What the model is shown: the thread so far, then the run's steps with the result of every call. */
export function chatMessages({
  messages,
  steps,
  actions,
}: Pick<ClaimedRun, 'messages' | 'steps' | 'actions'>): ChatMessage[] {
  return [...messages.map(said), ...steps.flatMap((step) => stepMessages(step, actions))];
}

function said({ role, text }: ClaimedRun['messages'][number]): ChatMessage {
  return role === 'user' ? { role, text } : { role, text, toolCalls: [] };
}

function stepMessages({ reply, calls, results }: Step, actions: ClaimedRun['actions']): ChatMessage[] {
  const assistant: ChatMessage = {
    role: 'assistant',
    text: reply.text,
    toolCalls: calls.map(({ id, name, arguments: args }) => ({ id, name, arguments: args })),
    ...(reply.providerData === undefined ? {} : { providerData: reply.providerData }),
  };
  const answers = calls.map((call): ChatMessage => {
    return { role: 'tool', callId: call.id, name: call.name, ...resultOf(call, results, actions) };
  });
  return [assistant, ...answers];
}

function resultOf(
  call: StepCall,
  results: Step['results'],
  actions: ClaimedRun['actions'],
): { text: string; isError: boolean } {
  if (call.verdict === 'refused')
    return { text: told({ status: 'refused', reason: call.reason }), isError: true };
  if (call.verdict === 'read') {
    const result = results?.find(({ callId }) => callId === call.id);
    return { text: result?.text ?? '', isError: result?.isError ?? true };
  }
  return actionResult(actions.get(call.actionId));
}

function actionResult(action: StepAction | undefined): { text: string; isError: boolean } {
  const outcome = action?.outcome;
  if (!outcome) return { text: told({ status: 'held' }), isError: false };
  return { text: told(outcomeWords(outcome)), isError: outcome.kind !== 'done' };
}

function outcomeWords(outcome: ActionOutcome): Record<string, unknown> {
  switch (outcome.kind) {
    case 'done':
      return { status: 'executed', summary: outcome.summary, data: outcome.data };
    case 'failed':
      return { status: 'failed', reason: outcome.reason, note: 'It was approved but did not happen.' };
    case 'unknown':
      return {
        status: 'unknown',
        reason: outcome.reason,
        note: 'It may or may not have happened. A person will look. Do not try it again.',
      };
    case 'denied':
      return {
        status: 'denied',
        by: outcome.by,
        reason: outcome.reason,
        note: 'Nothing was changed. Do not try the same call again.',
      };
    case 'expired':
    case 'cancelled':
    case 'stale':
      return { status: outcome.kind, reason: outcome.reason, note: 'Nothing was changed.' };
  }
}

function told(words: Record<string, unknown>): string {
  return cutOutput(JSON.stringify(words));
}

/** What of a tool's output a model is shown at most, in UTF-16 units. */
const OUTPUT_LIMIT = 32_768;

export function cutOutput(text: string): string {
  return text.length <= OUTPUT_LIMIT
    ? text
    : `${text.slice(0, OUTPUT_LIMIT).toWellFormed()}… [truncated, ${text.length} characters]`;
}
