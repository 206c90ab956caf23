import type { ChatMessage, ToolDefinition } from '@openloop/models';
import { jsonSchema, tool, type ModelMessage, type ToolSet } from 'ai';

import { isObject } from './is-object.js';
import { keptContent } from './provider-data.js';

type ToolResults = Extract<ModelMessage, { role: 'tool' }>['content'];
type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;

/** Our messages in the SDK's shape. `provider` takes back only what it gave itself. */
export function promptOf(messages: readonly ChatMessage[], provider: string): ModelMessage[] {
  const prompt: ModelMessage[] = [];
  for (const message of messages) {
    if (message.role === 'user') prompt.push({ role: 'user', content: message.text });
    else if (message.role === 'assistant') prompt.push(...assistantMessage(message, provider));
    else addResult(prompt, message);
  }
  return prompt;
}

/** Tools without `execute`: the SDK may ask for a call, never run one. */
export function toolsOf(definitions: readonly ToolDefinition[]): ToolSet | undefined {
  if (definitions.length === 0) return undefined;
  return Object.fromEntries(
    definitions.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema(parameters) }),
    ]),
  );
}

/** A message without words and calls is left out: providers refuse it. */
function assistantMessage(message: AssistantMessage, provider: string): ModelMessage[] {
  const kept = keptContent(message, provider);
  if (kept !== null) return [{ role: 'assistant', content: kept }];
  const words = message.text === '' ? [] : [{ type: 'text' as const, text: message.text }];
  const calls = message.toolCalls.map((call) => ({
    type: 'tool-call' as const,
    toolCallId: call.id,
    toolName: call.name,
    input: isObject(call.arguments) ? call.arguments : { not_a_json_object: call.arguments },
  }));
  return words.length + calls.length === 0 ? [] : [{ role: 'assistant', content: [...words, ...calls] }];
}

/** The results of one reply's calls go into one message. */
function addResult(
  prompt: ModelMessage[],
  { callId, name, text, isError }: Extract<ChatMessage, { role: 'tool' }>,
) {
  const output = { type: isError ? ('error-text' as const) : ('text' as const), value: text };
  const result: ToolResults[number] = { type: 'tool-result', toolCallId: callId, toolName: name, output };
  const last = prompt.at(-1);
  if (last?.role === 'tool') last.content.push(result);
  else prompt.push({ role: 'tool', content: [result] });
}
