import { ModelError, usageOrNull, type ModelReply, type TokenUsage } from '@openloop/models';
import type { FinishReason, LanguageModelUsage, ModelMessage } from 'ai';

import { providerDataOf } from './provider-data.js';

/** What both ways of asking end with. */
export interface Ended {
  text: string;
  toolCalls: readonly { toolCallId: string; toolName: string; input: unknown }[];
  finishReason: FinishReason;
  rawFinishReason: string | undefined;
  usage: LanguageModelUsage;
  responseMessages: readonly ModelMessage[];
}

const FINISH: Readonly<Partial<Record<FinishReason, ModelReply['finish']>>> = {
  stop: 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  'content-filter': 'refused',
};

/** @throws ModelError `broken` for a reply that did not come to its end. */
export function replyOf(ended: Ended, provider: string): ModelReply {
  if (isBrokenOff(ended)) {
    throw new ModelError('broken', `The reply of ${provider} broke off`, { notBilled: false });
  }
  const finish = FINISH[ended.finishReason] ?? 'other';
  const isWhole = finish === 'stop' || finish === 'tool_calls';
  const toolCalls = isWhole
    ? ended.toolCalls.map(({ toolCallId, toolName, input }) => ({
        id: toolCallId,
        name: toolName,
        arguments: input,
      }))
    : [];
  const providerData = isWhole ? providerDataOf(ended.responseMessages, provider) : undefined;
  return {
    text: ended.text,
    toolCalls,
    usage: usageOf(ended.usage),
    // Some servers say `stop` beside calls.
    finish: toolCalls.length > 0 ? 'tool_calls' : finish,
    ...(providerData !== undefined && { providerData }),
  };
}

/**
 * The SDK's providers say `other` without a word of the service's own when a stream just ends. OpenRouter's word for
 * a provider that failed in the middle is `error`, which the SDK takes for just another reason.
 */
function isBrokenOff({ finishReason, rawFinishReason }: Ended): boolean {
  if (finishReason === 'other') return rawFinishReason === undefined || rawFinishReason === 'error';
  return finishReason === 'error' || finishReason === 'interrupted';
}

function usageOf({
  inputTokens,
  outputTokens,
  inputTokenDetails,
  raw,
}: LanguageModelUsage): TokenUsage | null {
  if (!countsTold(raw)) return null;
  return usageOrNull({
    input: inputTokens,
    output: outputTokens,
    cacheRead: inputTokenDetails.cacheReadTokens,
    cacheWrite: inputTokenDetails.cacheWriteTokens,
  });
}

/** The SDK turns a count that a server left out into 0; we want to know that it was left out. */
function countsTold(raw: LanguageModelUsage['raw']): boolean {
  const isCount = (name: string) => typeof raw?.[name] === 'number';
  return (
    (isCount('input_tokens') && isCount('output_tokens')) ||
    (isCount('prompt_tokens') && isCount('completion_tokens')) ||
    (isCount('promptTokenCount') && geminiOutputTold(raw))
  );
}

/** Gemini leaves out a count of 0. That it is 0 shows in the total, which then holds all the other counts. */
function geminiOutputTold(raw: LanguageModelUsage['raw']): boolean {
  const count = (name: string) => Number(raw?.[name] ?? 0);
  const others = ['promptTokenCount', 'toolUsePromptTokenCount', 'thoughtsTokenCount'].map(count);
  return (
    typeof raw?.['candidatesTokenCount'] === 'number' ||
    raw?.['totalTokenCount'] === others.reduce((sum, each) => sum + each)
  );
}
