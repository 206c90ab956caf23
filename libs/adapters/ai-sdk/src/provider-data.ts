import type { ToolCall } from '@openloop/kernel';
import type { ChatMessage } from '@openloop/models';
import type { AssistantModelMessage, ModelMessage } from 'ai';

import { isObject } from './is-object.js';

type Content = Exclude<AssistantModelMessage['content'], string>;

/** What we keep of a reply for its provider. Stored as JSON between two steps. */
interface Kept {
  provider: string;
  content: Content;
}

/**
 * The parts of a reply when a provider wants more of them back than words and calls (signed or encrypted thoughts),
 * else nothing.
 */
export function providerDataOf(messages: readonly ModelMessage[], provider: string): Kept | undefined {
  const content = messages.flatMap((message) =>
    message.role === 'assistant' && typeof message.content !== 'string' ? message.content : [],
  );
  return content.some(isMore) ? { provider, content } : undefined;
}

/** Item ids alone are of no use: they name what the provider would have stored, and we let it store nothing. */
function isMore(part: Content[number]): boolean {
  if (part.type === 'reasoning') return true;
  const options = 'providerOptions' in part ? Object.values(part.providerOptions ?? {}) : [];
  return options.some((option) => Object.keys(option).some((name) => name !== 'itemId'));
}

/** The kept parts of a message, if they are from this provider and make the same calls as the message. */
export function keptContent(
  message: Extract<ChatMessage, { role: 'assistant' }>,
  provider: string,
): Content | null {
  // Only `providerDataOf` writes it; the marks checked below tell its shape from anything else.
  const kept = message.providerData as Partial<Kept> | null | undefined;
  if (kept?.provider !== provider || !Array.isArray(kept.content)) return null;
  return sameCalls(kept.content, message.toolCalls) ? kept.content : null;
}

function sameCalls(content: Content, calls: readonly ToolCall[]): boolean {
  const ids = content.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []));
  return (
    ids.length === calls.length &&
    calls.every(({ id, arguments: args }) => ids.includes(id) && isObject(args))
  );
}
