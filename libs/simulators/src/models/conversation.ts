import { isObject, objectsOf, textOf } from '../loopback.js';
import type { BrainMessage } from './brain.js';

/** Text of a content field: a string, or a list of parts of which the textual ones count. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map((part) => textOf(part['text']) || textOf(part['refusal']))
    .join('');
}

/** Joins neighbours of the assistant's and neighbours of the tools', so that every API gives one form of conversation. */
export function joinTurns(messages: readonly BrainMessage[]): BrainMessage[] {
  const joined: BrainMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    const isJoinable = message.role === 'assistant' || message.role === 'tool';
    if (last && isJoinable && last.role === message.role) joined[joined.length - 1] = join(last, message);
    else joined.push(message);
  }
  return joined;
}

function join(first: BrainMessage, second: BrainMessage): BrainMessage {
  const toolCalls = [...(first.toolCalls ?? []), ...(second.toolCalls ?? [])];
  const toolResults = [...(first.toolResults ?? []), ...(second.toolResults ?? [])];
  return {
    role: first.role,
    text: [first.text, second.text].filter((text) => text !== '').join('\n'),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(toolResults.length > 0 && { toolResults }),
  };
}

export interface LooseEnds {
  /** Calls that the very next message does not answer. */
  unanswered: readonly string[];
  /** Answers to calls that the message before does not contain. */
  unasked: readonly string[];
}

/** Every provider refuses a history in which calls and results do not pair up. */
export function looseEnds(messages: readonly BrainMessage[]): LooseEnds {
  const unanswered: string[] = [];
  const unasked: string[] = [];
  messages.forEach((message, index) => {
    const answers = new Set(messages[index + 1]?.toolResults?.map((result) => result.callId));
    const calls = new Set(messages[index - 1]?.toolCalls?.map((call) => call.id));
    unanswered.push(...(message.toolCalls ?? []).map((call) => call.id).filter((id) => !answers.has(id)));
    unasked.push(
      ...(message.toolResults ?? []).map((result) => result.callId).filter((id) => !calls.has(id)),
    );
  });
  return { unanswered, unasked };
}

/** A tool's output as text: providers take a string or a list of parts. */
export function outputText(output: unknown): string {
  if (typeof output === 'string' || Array.isArray(output)) return contentText(output);
  return isObject(output) ? JSON.stringify(output) : '';
}
