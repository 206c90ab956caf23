import { objectsOf, textOf, type JsonObject } from '../loopback.js';
import type { AskedCall, BrainMessage } from './brain.js';
import { contentText, joinTurns, looseEnds, outputText } from './conversation.js';
import { openAiError, openAiUnknownModel, requireModel } from './openai-errors.js';
import { responseFrames, responseOf, type ResponseItem } from './openai-response-frames.js';
import { WireRefusal, type Dialect, type Turn } from './turn.js';
import { randomId } from './wire-ids.js';

/** Items are kept as the service keeps them, but not for ever: the oldest go first. */
const KEPT_ITEMS = 10_000;

/**
 * The Responses API. It keeps what it said (unless asked with `store: false`), because clients refer
 * to it by id instead of sending it again.
 */
export function openAiResponses(): Dialect {
  const kept = new Map<string, ResponseItem>();
  const keep = (turn: Turn, items: readonly ResponseItem[]): void => {
    if (turn.raw['store'] === false) return;
    for (const item of items) kept.set(item.id, item);
    for (const id of kept.keys()) {
      if (kept.size <= KEPT_ITEMS) break;
      kept.delete(id);
    }
  };
  return {
    api: 'responses',
    read(body) {
      const model = requireModel(body);
      const messages = readInput(body, kept);
      refuseLooseEnds(messages);
      return { model, messages, tools: objectsOf(body['tools']).map((tool) => textOf(tool['name'])) };
    },
    unknownModel: openAiUnknownModel,
    newCallId: () => randomId('call_', 24),
    whole(turn) {
      const { response, items } = responseOf(turn);
      keep(turn, items);
      return response;
    },
    frames(turn) {
      const made = responseOf(turn);
      keep(turn, made.items);
      return responseFrames(made, turn);
    },
    errorBody: openAiError,
    errorFrame: () => ({
      event: 'error',
      payload: {
        type: 'error',
        sequence_number: 0,
        error: {
          type: 'server_error',
          code: 'server_error',
          message: 'The server had an error while processing your request.',
          param: null,
        },
      },
    }),
  };
}

function readInput(body: JsonObject, kept: ReadonlyMap<string, ResponseItem>): BrainMessage[] {
  if (typeof body['previous_response_id'] === 'string') {
    const message = `Previous response with id '${body['previous_response_id']}' not found.`;
    throw new WireRefusal(400, message, 'previous_response_not_found');
  }
  const instructions = textOf(body['instructions']);
  const opening: BrainMessage[] = instructions === '' ? [] : [{ role: 'system', text: instructions }];
  if (typeof body['input'] === 'string') return [...opening, { role: 'user', text: body['input'] }];
  if (!Array.isArray(body['input'])) {
    throw new WireRefusal(400, "Missing required parameter: 'input'.", 'missing_required_parameter');
  }
  const items = objectsOf(body['input']).map((item) => resolve(item, kept));
  return joinTurns([...opening, ...items.flatMap(readItem)]);
}

function resolve(item: JsonObject, kept: ReadonlyMap<string, ResponseItem>): JsonObject {
  if (item['type'] !== 'item_reference') return item;
  const found = kept.get(textOf(item['id']));
  if (!found) throw new WireRefusal(404, `Item with id '${textOf(item['id'])}' not found.`);
  return { ...found };
}

function readItem(item: JsonObject): BrainMessage[] {
  switch (item['type'] ?? 'message') {
    case 'message':
      return [{ role: roleOf(item['role']), text: contentText(item['content']) }];
    case 'function_call':
      return [{ role: 'assistant', text: '', toolCalls: [callOf(item)] }];
    case 'function_call_output': {
      const text = outputText(item['output']);
      return [{ role: 'tool', text, toolResults: [{ callId: textOf(item['call_id']), text }] }];
    }
    case 'reasoning':
      return [];
    default:
      throw new WireRefusal(400, `Invalid value: '${String(item['type'])}'.`, 'invalid_value');
  }
}

function callOf(item: JsonObject): AskedCall {
  return { id: textOf(item['call_id']), name: textOf(item['name']), arguments: textOf(item['arguments']) };
}

function roleOf(role: unknown): BrainMessage['role'] {
  if (role === 'user' || role === 'assistant') return role;
  if (role === 'system' || role === 'developer') return 'system';
  throw new WireRefusal(400, `Invalid value: '${String(role)}'.`, 'invalid_value');
}

function refuseLooseEnds(messages: readonly BrainMessage[]): void {
  const { unanswered, unasked } = looseEnds(messages);
  if (unanswered.length > 0)
    throw new WireRefusal(400, `No tool output found for function call ${unanswered[0]}.`);
  if (unasked.length > 0) {
    throw new WireRefusal(400, `No tool call found for function call output with call_id ${unasked[0]}.`);
  }
}
