import type { Refusal, TokenCounts } from './brain.js';
import { chatDialect } from './openai-chat.js';
import { WireRefusal, type Dialect, type Frame, type Turn } from './turn.js';
import { randomId } from './wire-ids.js';

/** Sent while the provider behind it does not answer yet; a comment, which a client must skip. */
const WORKING: Frame = { verbatim: ': OPENROUTER PROCESSING\n\n' };
const UPSTREAM_FAILED = {
  code: 502,
  message: 'Provider returned error',
  metadata: { provider_name: 'Anthropic' },
};
/** What a token costs here, in dollars. Real prices differ by model; a test needs a number that is not 0. */
const COST_OF_TOKEN = 0.000_002;

const chat = chatDialect({
  newCallId: () => randomId('toolu_', 24),
  newId: () => randomId('gen-1763000000-', 20),
  extras: () => ({ provider: 'Anthropic', system_fingerprint: null }),
  usage: openRouterUsage,
  noText: '',
  unknownModel: (model) => new WireRefusal(400, `${model} is not a valid model ID`),
  errorBody: openRouterError,
});

/** OpenRouter's way with chat completions: an error that comes after the headers is told inside the answer. */
export const openRouterChat: Dialect = {
  ...chat,
  frames: (turn) => [WORKING, WORKING, ...chat.frames(turn)],
  wholeError: (turn) => ({
    ...chat.whole(turn),
    choices: [failedChoice('message', { role: 'assistant', content: '' })],
  }),
  errorFrame: (turn) => ({ payload: failedChunk(turn) }),
};

/** The code is the status, as a number. */
export function openRouterError({ status, message }: Refusal): object {
  return { error: { code: status, message } };
}

function failedChunk(turn: Turn): object {
  return {
    id: randomId('gen-1763000000-', 20),
    object: 'chat.completion.chunk',
    created: Math.floor(turn.createdAt.getTime() / 1000),
    model: turn.model,
    provider: 'Anthropic',
    error: UPSTREAM_FAILED,
    choices: [failedChoice('delta', { role: 'assistant', content: '' })],
  };
}

function failedChoice(field: 'message' | 'delta', said: object): object {
  return {
    index: 0,
    [field]: said,
    finish_reason: 'error',
    native_finish_reason: null,
    error: UPSTREAM_FAILED,
  };
}

function openRouterUsage(usage: TokenCounts): object {
  const cost = (usage.input + usage.output) * COST_OF_TOKEN;
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    cost,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
    cost_details: { upstream_inference_cost: null },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  };
}
