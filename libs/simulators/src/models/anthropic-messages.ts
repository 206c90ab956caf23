import { objectsOf, textOf, type JsonObject } from '../loopback.js';
import { anthropicFrames, messageOf } from './anthropic-frames.js';
import type { AskedCall, BrainMessage, Refusal, ToolAnswer } from './brain.js';
import { contentText, looseEnds, outputText } from './conversation.js';
import { WireRefusal, type Dialect } from './turn.js';
import { randomId } from './wire-ids.js';

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The Messages API, version 2023-06-01. */
export const anthropicMessages: Dialect = {
  api: 'messages',
  read(body) {
    const model = textOf(body['model']);
    if (model === '') throw new WireRefusal(400, 'model: Field required');
    if (typeof body['max_tokens'] !== 'number') throw new WireRefusal(400, 'max_tokens: Field required');
    if (!Array.isArray(body['messages'])) throw new WireRefusal(400, 'messages: Field required');
    const conversation = objectsOf(body['messages']).flatMap(readMessage);
    refuseMisshapen(conversation);
    const system = contentText(body['system']);
    const messages: BrainMessage[] =
      system === '' ? conversation : [{ role: 'system', text: system }, ...conversation];
    return { model, messages, tools: objectsOf(body['tools']).map((tool) => textOf(tool['name'])) };
  },
  unknownModel: (model) => new WireRefusal(404, `model: ${model}`),
  newCallId: () => randomId('toolu_01', 22),
  whole: messageOf,
  frames: anthropicFrames,
  errorBody: anthropicError,
  errorFrame: () => ({ event: 'error', payload: anthropicError({ status: 529, message: 'Overloaded' }) }),
};

function anthropicError({ status, message, code }: Refusal): object {
  const type = code ?? ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return { type: 'error', error: { type, message }, request_id: randomId('req_011', 21) };
}

/** A user message with tool results becomes the tools' message, then the user's own words if there are any. */
function readMessage(message: JsonObject): BrainMessage[] {
  const role = message['role'];
  if (role !== 'user' && role !== 'assistant') {
    throw new WireRefusal(400, `messages: Unexpected role "${String(role)}"`);
  }
  const blocks = objectsOf(message['content']);
  const text = contentText(message['content']);
  if (role === 'assistant') {
    const toolCalls = blocks.filter((block) => block['type'] === 'tool_use').map(callOf);
    return [{ role, text, ...(toolCalls.length > 0 && { toolCalls }) }];
  }
  const toolResults = blocks.filter((block) => block['type'] === 'tool_result').map(answerOf);
  if (toolResults.length === 0) return [{ role, text }];
  const answers: BrainMessage = {
    role: 'tool',
    text: toolResults.map((result) => result.text).join('\n'),
    toolResults,
  };
  return text === '' ? [answers] : [answers, { role, text }];
}

function callOf(block: JsonObject): AskedCall {
  return {
    id: textOf(block['id']),
    name: textOf(block['name']),
    arguments: JSON.stringify(block['input'] ?? {}),
  };
}

function answerOf(block: JsonObject): ToolAnswer {
  return { callId: textOf(block['tool_use_id']), text: outputText(block['content']) };
}

function refuseMisshapen(messages: readonly BrainMessage[]): void {
  if (messages.length === 0) throw new WireRefusal(400, 'messages: at least one message is required');
  const { unanswered, unasked } = looseEnds(messages);
  if (unanswered.length > 0) {
    const found = `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered.join(', ')}.`;
    const rule = 'Each `tool_use` block must have a corresponding `tool_result` block in the next message.';
    throw new WireRefusal(400, `messages: ${found} ${rule}`);
  }
  if (unasked.length > 0) {
    const found = `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unasked.join(', ')}.`;
    const rule =
      'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.';
    throw new WireRefusal(400, `messages: ${found} ${rule}`);
  }
}
