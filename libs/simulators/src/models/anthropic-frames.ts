import { parseJson, type JsonObject } from '../loopback.js';
import type { TokenCounts } from './brain.js';
import { pieces, type Frame, type Turn } from './turn.js';
import { randomId } from './wire-ids.js';

const STOP = { stop: 'end_turn', tools: 'tool_use', length: 'max_tokens', refused: 'refusal' } as const;

/** The whole message, as it is sent when nothing is streamed. */
export function messageOf(turn: Turn): JsonObject {
  return {
    id: randomId('msg_01', 22),
    type: 'message',
    role: 'assistant',
    model: turn.model,
    content: [
      ...(turn.text === '' ? [] : [{ type: 'text', text: turn.text }]),
      // Input that is not JSON has no whole form: it is shown as the text it is.
      ...turn.calls.map((call) => ({ ...toolUse(call), input: parseJson(call.arguments) ?? call.arguments })),
    ],
    stop_reason: turn.finishWord ?? STOP[turn.finish],
    stop_sequence: null,
    ...(turn.isUsageTold && { usage: wireUsage(turn.usage) }),
  };
}

export function anthropicFrames(turn: Turn): Frame[] {
  const opening = {
    ...messageOf(turn),
    content: [],
    stop_reason: null,
    ...(turn.isUsageTold && { usage: { ...wireUsage(turn.usage), output_tokens: 1 } }),
  };
  const texts = turn.text === '' ? [] : [textBlock(turn.text)];
  const blocks = [...texts, ...turn.calls.map(toolBlock)];
  return [
    frame({ type: 'message_start', message: opening }),
    frame({ type: 'ping' }),
    ...blocks.flatMap((block, index) => block.map((payload) => frame({ ...payload, index }))),
    frame({
      type: 'message_delta',
      delta: { stop_reason: turn.finishWord ?? STOP[turn.finish], stop_sequence: null },
      ...(turn.isUsageTold && { usage: wireUsage(turn.usage) }),
    }),
    frame({ type: 'message_stop' }),
  ];
}

type Payload = { type: string } & JsonObject;

function textBlock(text: string): Payload[] {
  return [
    { type: 'content_block_start', content_block: { type: 'text', text: '' } },
    ...pieces(text).map((piece) => ({
      type: 'content_block_delta',
      delta: { type: 'text_delta', text: piece },
    })),
    { type: 'content_block_stop' },
  ];
}

function toolBlock(call: Turn['calls'][number]): Payload[] {
  const delta = (json: string): Payload => ({
    type: 'content_block_delta',
    delta: { type: 'input_json_delta', partial_json: json },
  });
  return [
    { type: 'content_block_start', content_block: { ...toolUse(call), input: {} } },
    delta(''),
    ...pieces(call.arguments).map(delta),
    { type: 'content_block_stop' },
  ];
}

function toolUse(call: Turn['calls'][number]): JsonObject {
  return { type: 'tool_use', id: call.id, name: call.name };
}

function frame(payload: Payload): Frame {
  return { event: payload.type, payload, isContent: payload.type === 'content_block_delta' };
}

/** Anthropic counts cache tokens beside `input_tokens`, not in them. */
function wireUsage(usage: TokenCounts): object {
  return {
    input_tokens: usage.input - usage.cacheRead - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
    service_tier: 'standard',
  };
}
