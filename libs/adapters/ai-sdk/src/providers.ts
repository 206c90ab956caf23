import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { Secret } from '@openloop/kernel';
import type { Model } from '@openloop/models';

import { AiSdkModel } from './ai-sdk-model.js';
import { leanFetch, type Timeouts } from './lean-fetch.js';

// The SDK's warnings go to the console with parts of the request in them.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

export interface Connection {
  apiKey: Secret;
  /** Up to and including the version: `https://api.openai.com/v1`. */
  baseUrl?: string;
  timeouts?: Partial<Timeouts>;
}

/** OpenAI's Responses API; nothing is stored there. Make one and keep it: it holds the connections. */
export function openAiModel({ apiKey, baseUrl = 'https://api.openai.com/v1', timeouts }: Connection): Model {
  const openai = createOpenAI({
    apiKey: apiKey.reveal(),
    baseURL: baseUrl,
    fetch: leanFetch(timeouts),
  });
  return new AiSdkModel({
    name: 'openai',
    languageModel: (id) => openai.responses(id),
    options: { openai: { store: false } },
  });
}

/** Anthropic's Messages API. Make one and keep it: it holds the connections. */
export function anthropicModel({
  apiKey,
  baseUrl = 'https://api.anthropic.com/v1',
  timeouts,
}: Connection): Model {
  const anthropic = createAnthropic({
    apiKey: apiKey.reveal(),
    baseURL: baseUrl,
    fetch: leanFetch(timeouts),
  });
  return new AiSdkModel({ name: 'anthropic', languageModel: (id) => anthropic(id) });
}

/** Google's Gemini API (`generateContent`). Make one and keep it: it holds the connections. */
export function geminiModel({
  apiKey,
  baseUrl = 'https://generativelanguage.googleapis.com/v1beta',
  timeouts,
}: Connection): Model {
  const google = createGoogle({
    apiKey: apiKey.reveal(),
    baseURL: baseUrl,
    fetch: leanFetch(timeouts),
  });
  return new AiSdkModel({ name: 'gemini', languageModel: (id) => google(id) });
}

/** A server of Ollama's, by its chat completions; it wants no key. Make one and keep it: it holds the connections. */
export function ollamaModel({ baseUrl, timeouts }: { baseUrl: string; timeouts?: Partial<Timeouts> }): Model {
  return openAiCompatibleModel({ name: 'ollama', baseUrl, ...(timeouts && { timeouts }) });
}

/** OpenRouter's chat completions; a model's name is `openrouter/AUTHOR/MODEL`. Make one and keep it. */
export function openRouterModel({
  apiKey,
  baseUrl = 'https://openrouter.ai/api/v1',
  timeouts,
}: Connection): Model {
  return openAiCompatibleModel({ name: 'openrouter', apiKey, baseUrl, ...(timeouts && { timeouts }) });
}

/**
 * Whatever else speaks OpenAI's chat completions: vLLM, LiteLLM, LM Studio.
 * Make one and keep it: it holds the connections.
 */
export function openAiCompatibleModel({
  name,
  baseUrl,
  apiKey,
  timeouts,
}: Partial<Connection> & { name: string; baseUrl: string }): Model {
  const provider = createOpenAICompatible({
    name,
    baseURL: baseUrl,
    includeUsage: true,
    fetch: leanFetch(timeouts),
    ...(apiKey !== undefined && { apiKey: apiKey.reveal() }),
  });
  return new AiSdkModel({ name, languageModel: (id) => provider(id) });
}
