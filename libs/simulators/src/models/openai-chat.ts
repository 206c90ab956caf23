import { objectsOf, isObject, textOf, type JsonObject } from '../loopback.js';
import type { BrainMessage, Refusal, TokenCounts } from './brain.js';
import { contentText, joinTurns, looseEnds } from './conversation.js';
import { openAiError, openAiUnknownModel, requireModel } from './openai-errors.js';
import { pieces, WireRefusal, type Dialect, type Frame, type Turn, type TurnCall } from './turn.js';
import { randomId } from './wire-ids.js';

/** In what the servers that speak chat completions differ. */
export interface ChatHost {
  newCallId(): string;
  /** Of a completion and of each of its chunks. */
  newId(): string;
  /** Fields beside `id`, `object`, `created` and `model`. */
  extras(turn: Turn): object;
  usage(usage: TokenCounts): object;
  /** What stands for no text in an answer that only calls tools. */
  noText: null | '';
  /** A call comes in one piece of the stream. */
  wholeCalls?: boolean;
  unknownModel(model: string): WireRefusal;
  errorBody(refusal: Refusal): object;
}

/** Chat completions, as in OpenAI's API reference. */
export const openAiChat: Dialect = chatDialect({
  newCallId: () => randomId('call_', 24),
  newId: () => randomId('chatcmpl-', 29),
  extras: () => ({ service_tier: 'default', system_fingerprint: 'fp_simulated' }),
  usage: openAiUsage,
  noText: null,
  unknownModel: openAiUnknownModel,
  errorBody: openAiError,
});

/** Chat completions as `host` speaks them. */
export function chatDialect(host: ChatHost): Dialect {
  return {
    api: 'chat',
    read: readChat,
    unknownModel: (model) => host.unknownModel(model),
    newCallId: () => host.newCallId(),
    whole: (turn) => wholeCompletion(turn, host),
    frames: (turn) => completionFrames(turn, host),
    errorBody: (refusal) => host.errorBody(refusal),
    errorFrame: () => ({
      payload: host.errorBody({
        status: 500,
        message: 'The server had an error while processing your request.',
      }),
    }),
  };
}

function readChat(body: JsonObject) {
  const model = requireModel(body);
  if (!Array.isArray(body['messages'])) {
    throw new WireRefusal(400, "Missing required parameter: 'messages'.", 'missing_required_parameter');
  }
  const messages = joinTurns(objectsOf(body['messages']).map(readMessage));
  refuseLooseEnds(messages);
  const tools = objectsOf(body['tools']).map((tool) => nameOf(tool['function']));
  return { model, messages, tools };
}

function readMessage(message: JsonObject): BrainMessage {
  const text = contentText(message['content']);
  switch (message['role']) {
    case 'system':
    case 'developer':
      return { role: 'system', text };
    case 'assistant': {
      const toolCalls = objectsOf(message['tool_calls']).map((call) => ({
        id: textOf(call['id']),
        name: nameOf(call['function']),
        arguments: isObject(call['function']) ? textOf(call['function']['arguments']) : '',
      }));
      return { role: 'assistant', text, ...(toolCalls.length > 0 && { toolCalls }) };
    }
    case 'tool':
      return { role: 'tool', text, toolResults: [{ callId: textOf(message['tool_call_id']), text }] };
    case 'user':
      return { role: 'user', text };
    default:
      throw new WireRefusal(400, `Invalid value: '${String(message['role'])}'.`, 'invalid_value');
  }
}

function refuseLooseEnds(messages: readonly BrainMessage[]): void {
  const { unanswered, unasked } = looseEnds(messages);
  if (unanswered.length > 0) {
    const rule =
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
    throw new WireRefusal(
      400,
      `${rule} The following tool_call_ids did not have response messages: ${unanswered.join(', ')}`,
    );
  }
  if (unasked.length > 0) {
    const rule = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
    throw new WireRefusal(400, `Invalid parameter: ${rule}`);
  }
}

function nameOf(value: unknown): string {
  return isObject(value) ? textOf(value['name']) : '';
}

const FINISH = { stop: 'stop', tools: 'tool_calls', length: 'length', refused: 'content_filter' } as const;

function wholeCompletion(turn: Turn, host: ChatHost): object {
  const calls = turn.calls.map(wireCall);
  return {
    ...head(turn, 'chat.completion', host),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: turn.text === '' ? host.noText : turn.text,
          refusal: null,
          annotations: [],
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finishOf(turn),
      },
    ],
    ...(turn.isUsageTold && { usage: host.usage(turn.usage) }),
  };
}

function completionFrames(turn: Turn, host: ChatHost): Frame[] {
  const tellsUsage =
    isObject(turn.raw['stream_options']) && turn.raw['stream_options']['include_usage'] === true;
  const shared = { ...head(turn, 'chat.completion.chunk', host), ...(tellsUsage && { usage: null }) };
  const frame = (delta: object, finish: string | null = null): Frame => ({
    payload: { ...shared, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] },
    isContent: 'content' in delta || 'tool_calls' in delta,
  });
  const opening = { role: 'assistant', content: turn.text === '' ? host.noText : '', refusal: null };
  const closing: Frame[] = [frame({}, finishOf(turn))];
  if (tellsUsage && turn.isUsageTold) {
    closing.push({ payload: { ...shared, choices: [], usage: host.usage(turn.usage) } });
  }
  return [
    { ...frame(opening), isContent: false },
    ...pieces(turn.text).map((piece) => frame({ content: piece })),
    ...turn.calls.flatMap((call, index) => callDeltas(call, index, host).map((delta) => frame(delta))),
    ...closing,
    { payload: '[DONE]' },
  ];
}

function callDeltas(call: TurnCall, index: number, host: ChatHost): object[] {
  if (host.wholeCalls === true) return [{ tool_calls: [{ index, ...wireCall(call) }] }];
  const { id, type, function: called } = wireCall(call);
  return [
    { tool_calls: [{ index, id, type, function: { ...called, arguments: '' } }] },
    ...pieces(call.arguments).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

function finishOf({ finish, finishWord }: Turn): string {
  return finishWord ?? FINISH[finish];
}

function head(turn: Turn, object: string, host: ChatHost): object {
  return {
    id: host.newId(),
    object,
    created: Math.floor(turn.createdAt.getTime() / 1000),
    model: turn.model,
    ...host.extras(turn),
  };
}

function wireCall(call: TurnCall) {
  return { id: call.id, type: 'function' as const, function: { name: call.name, arguments: call.arguments } };
}

function openAiUsage(usage: TokenCounts): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
