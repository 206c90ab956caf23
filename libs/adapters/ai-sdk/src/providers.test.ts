import { Secret } from '@openloop/kernel';
import type { Model, ModelName } from '@openloop/models';
import { modelContract, type ModelBench, type ProviderTurn } from '@openloop/models/testing';
import {
  AnthropicSimulator,
  GeminiSimulator,
  OllamaSimulator,
  OpenAiSimulator,
  OpenRouterSimulator,
  type Loopback,
  type ModelLedger,
  type ModelSimulatorOptions,
  type Reply,
} from '@openloop/simulators';

import {
  anthropicModel,
  geminiModel,
  ollamaModel,
  openAiCompatibleModel,
  openAiModel,
  openRouterModel,
} from './providers.js';

const NOBODY_LISTENS = 'http://127.0.0.1:9/v1';
const KEY = new Secret('test-key');

interface Wire {
  simulator: new (options: ModelSimulatorOptions) => { ledger: ModelLedger; start(): Promise<Loopback> };
  /** What a base URL ends with. */
  root?: string;
  model: (baseUrl: string) => Model;
  name: ModelName;
  withoutUsage: ModelBench['withoutUsage'];
}

async function open({
  simulator: Simulator,
  root = '/v1',
  model,
  name,
  withoutUsage,
}: Wire): Promise<ModelBench> {
  const replies: Reply[] = [];
  const simulator = new Simulator({
    brain: () => replies.shift() ?? { status: 400, message: 'Nothing was scripted' },
  });
  const server = await simulator.start();
  return {
    model: model(`${server.url}${root}`),
    name,
    unreachable: model(NOBODY_LISTENS),
    withoutUsage,
    next: (turn) => replies.push(replyFor(turn)),
    requests: () => simulator.ledger.requests.map(({ body }) => JSON.stringify(body)),
    close: () => server.close(),
  };
}

function replyFor(turn: ProviderTurn): Reply {
  switch (turn.kind) {
    case 'text':
    case 'call':
      return answerFor(turn);
    case 'malformed_call':
      return { toolCalls: [{ name: turn.name, arguments: {} }], malformedToolArguments: turn.rawArguments };
    case 'failure': {
      const wait = turn.retryAfterSeconds === undefined ? {} : { retryAfter: turn.retryAfterSeconds };
      return { status: turn.status, message: 'It failed', ...wait };
    }
    case 'cut':
      return { text: turn.text, ...cut(turn.manner) };
    case 'silence':
      return { hang: true };
  }
}

function answerFor(turn: Extract<ProviderTurn, { kind: 'text' | 'call' }>): Reply {
  const ending = turn.finish === undefined ? {} : { finish: turn.finish };
  if (turn.kind === 'call') {
    return { text: turn.text ?? '', toolCalls: [{ name: turn.name, arguments: turn.arguments }], ...ending };
  }
  const counted = turn.usage ? { usage: turn.usage } : { omitUsage: turn.usage === null };
  return { text: turn.text, ...counted, ...ending };
}

function cut(
  manner: Extract<ProviderTurn, { kind: 'cut' }>['manner'],
): Partial<Extract<Reply, { text?: string }>> {
  switch (manner) {
    case 'reset':
      return { resetAfterChunks: 2 };
    case 'early_end':
      return { truncateStream: true };
    case 'error_first':
      return { errorAfterChunks: 0 };
    case 'error_later':
      return { errorAfterChunks: 2 };
  }
}

modelContract('openAiModel', () =>
  open({
    simulator: OpenAiSimulator,
    model: (baseUrl) => openAiModel({ apiKey: KEY, baseUrl }),
    name: 'openai/gpt-4o-mini',
    withoutUsage: 'null',
  }),
);

modelContract('anthropicModel', () =>
  open({
    simulator: AnthropicSimulator,
    model: (baseUrl) => anthropicModel({ apiKey: KEY, baseUrl }),
    name: 'anthropic/claude-sonnet-4-6',
    withoutUsage: 'broken',
  }),
);

modelContract('openAiCompatibleModel', () =>
  open({
    simulator: OpenAiSimulator,
    model: (baseUrl) => openAiCompatibleModel({ name: 'lab', apiKey: KEY, baseUrl }),
    name: 'lab/some/model',
    withoutUsage: 'null',
  }),
);

modelContract('geminiModel', () =>
  open({
    simulator: GeminiSimulator,
    root: '/v1beta',
    model: (baseUrl) => geminiModel({ apiKey: KEY, baseUrl }),
    name: 'gemini/gemini-3-flash-preview',
    withoutUsage: 'null',
  }),
);

modelContract('ollamaModel', () =>
  open({
    simulator: OllamaSimulator,
    model: (baseUrl) => ollamaModel({ baseUrl }),
    name: 'ollama/llama3.3:70b',
    withoutUsage: 'null',
  }),
);

modelContract('openRouterModel', () =>
  open({
    simulator: OpenRouterSimulator,
    root: '/api/v1',
    model: (baseUrl) => openRouterModel({ apiKey: KEY, baseUrl }),
    name: 'openrouter/anthropic/claude-sonnet-4.6',
    withoutUsage: 'null',
  }),
);
