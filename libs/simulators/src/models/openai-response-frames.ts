import type { JsonObject } from '../loopback.js';
import type { TokenCounts } from './brain.js';
import { pieces, type Frame, type Turn } from './turn.js';
import { hexId } from './wire-ids.js';

/** One thing of a response's output. */
export type ResponseItem = MessageItem | CallItem;

interface MessageItem {
  type: 'message';
  id: string;
  status: string;
  role: 'assistant';
  content: readonly { type: 'output_text'; text: string; annotations: []; logprobs: [] }[];
}

interface CallItem {
  type: 'function_call';
  id: string;
  status: string;
  call_id: string;
  name: string;
  arguments: string;
}

export interface MadeResponse {
  response: JsonObject;
  items: readonly ResponseItem[];
}

const REASONS: Readonly<Partial<Record<Turn['finish'], string>>> = {
  length: 'max_output_tokens',
  refused: 'content_filter',
};

/** The whole response, as it is sent when nothing is streamed. */
export function responseOf(turn: Turn): MadeResponse {
  const reason = REASONS[turn.finish];
  const status = reason === undefined ? 'completed' : 'incomplete';
  const items = itemsOf(turn, status);
  const response = {
    id: hexId('resp_', 50),
    object: 'response',
    created_at: Math.floor(turn.createdAt.getTime() / 1000),
    status,
    background: false,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: turn.raw['instructions'] ?? null,
    max_output_tokens: turn.raw['max_output_tokens'] ?? null,
    model: turn.model,
    output: items,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: turn.raw['store'] !== false,
    tool_choice: turn.raw['tool_choice'] ?? 'auto',
    tools: turn.raw['tools'] ?? [],
    truncation: 'disabled',
    usage: turn.isUsageTold ? wireUsage(turn.usage) : null,
    metadata: {},
  };
  return { response, items };
}

function itemsOf(turn: Turn, status: string): ResponseItem[] {
  const calls = turn.calls.map((call): CallItem => ({
    type: 'function_call',
    id: hexId('fc_', 50),
    status,
    call_id: call.id,
    name: call.name,
    arguments: call.arguments,
  }));
  if (turn.text === '' && calls.length > 0) return calls;
  const message: MessageItem = {
    type: 'message',
    id: hexId('msg_', 50),
    status,
    role: 'assistant',
    content: [{ type: 'output_text', text: turn.text, annotations: [], logprobs: [] }],
  };
  return [message, ...calls];
}

/** The events of a streamed response, numbered as the service numbers them. */
export function responseFrames({ response, items }: MadeResponse, turn: Turn): Frame[] {
  const open = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  const events: JsonObject[] = [
    { type: 'response.created', response: open },
    { type: 'response.in_progress', response: open },
    ...items.flatMap((item, index) => itemEvents(item, index)),
    {
      type:
        turn.finish === 'length' || turn.finish === 'refused' ? 'response.incomplete' : 'response.completed',
      response,
    },
  ];
  return events.map((event, sequence) => ({
    event: String(event['type']),
    payload: { ...event, sequence_number: sequence },
    isContent: String(event['type']).endsWith('.delta'),
  }));
}

function itemEvents(item: ResponseItem, index: number): JsonObject[] {
  const place = { item_id: item.id, output_index: index };
  const done = { type: 'response.output_item.done', output_index: index, item };
  if (item.type === 'function_call') {
    const started = { ...item, arguments: '', status: 'in_progress' };
    return [
      { type: 'response.output_item.added', output_index: index, item: started },
      ...pieces(item.arguments).map((delta) => ({
        type: 'response.function_call_arguments.delta',
        ...place,
        delta,
      })),
      { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments },
      done,
    ];
  }
  const part = item.content[0];
  const text = part?.text ?? '';
  const spot = { ...place, content_index: 0 };
  return [
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...spot, part: { ...part, text: '' } },
    ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...spot, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...spot, text, logprobs: [] },
    { type: 'response.content_part.done', ...spot, part },
    done,
  ];
}

function wireUsage(usage: TokenCounts): object {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cacheRead },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}
