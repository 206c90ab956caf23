import { objectsOf, isObject, textOf, type JsonObject } from '../loopback.js';
import type { BrainMessage, TokenCounts } from './brain.js';
import { contentText, joinTurns, looseEnds } from './conversation.js';
import { openAiError, requireModel } from './openai-errors.js';
import { pieces, WireRefusal, type Dialect, type Frame, type Turn } from './turn.js';
import { randomId } from './wire-ids.js';

/** Chat completions, as in OpenAI's API reference (and as Ollama, vLLM, LiteLLM and OpenRouter speak it). */
export const openAiChat: Dialect = {
  api: 'chat',
  read(body) {
    const model = requireModel(body);
    if (!Array.isArray(body['messages'])) {
      throw new WireRefusal(400, "Missing required parameter: 'messages'.", 'missing_required_parameter');
    }
    const messages = joinTurns(objectsOf(body['messages']).map(readMessage));
    refuseLooseEnds(messages);
    const tools = objectsOf(body['tools']).map((tool) => nameOf(tool['function']));
    return { model, messages, tools };
  },
  newCallId: () => randomId('call_', 24),
  whole: wholeCompletion,
  frames: completionFrames,
  errorBody: openAiError,
  errorFrame: () => ({
    payload: openAiError({ status: 500, message: 'The server had an error while processing your request.' }),
  }),
};

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

function wholeCompletion(turn: Turn): object {
  const calls = turn.calls.map(wireCall);
  return {
    ...head(turn, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: turn.text === '' ? null : turn.text,
          refusal: null,
          annotations: [],
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: FINISH[turn.finish],
      },
    ],
    ...(turn.isUsageTold && { usage: wireUsage(turn.usage) }),
  };
}

function completionFrames(turn: Turn): Frame[] {
  const tellsUsage =
    isObject(turn.raw['stream_options']) && turn.raw['stream_options']['include_usage'] === true;
  const shared = { ...head(turn, 'chat.completion.chunk'), ...(tellsUsage && { usage: null }) };
  const frame = (delta: object, finish: string | null = null): Frame => ({
    payload: { ...shared, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] },
    isContent: 'content' in delta || 'tool_calls' in delta,
  });
  const frames: Frame[] = [
    {
      ...frame({ role: 'assistant', content: turn.text === '' ? null : '', refusal: null }),
      isContent: false,
    },
  ];
  for (const piece of pieces(turn.text)) frames.push(frame({ content: piece }));
  turn.calls.forEach((call, index) => {
    const { id, type, function: called } = wireCall(call);
    frames.push(frame({ tool_calls: [{ index, id, type, function: { ...called, arguments: '' } }] }));
    for (const piece of pieces(call.arguments)) {
      frames.push(frame({ tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  });
  const closing: Frame[] = [frame({}, FINISH[turn.finish])];
  if (tellsUsage && turn.isUsageTold) {
    closing.push({ payload: { ...shared, choices: [], usage: wireUsage(turn.usage) } });
  }
  return [...frames, ...closing, { payload: '[DONE]' }];
}

function head(turn: Turn, object: string): object {
  return {
    id: randomId('chatcmpl-', 29),
    object,
    created: Math.floor(turn.createdAt.getTime() / 1000),
    model: turn.model,
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  };
}

function wireCall(call: Turn['calls'][number]) {
  return { id: call.id, type: 'function' as const, function: { name: call.name, arguments: call.arguments } };
}

function wireUsage(usage: TokenCounts): object {
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
