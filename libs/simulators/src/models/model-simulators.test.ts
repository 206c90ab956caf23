import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  APICallError,
  generateText,
  isStepCount,
  jsonSchema,
  streamText,
  tool,
  type LanguageModel,
} from 'ai';

import type { Loopback } from '../loopback.js';
import { AnthropicSimulator } from './anthropic-simulator.js';
import { scriptedBrain, type Brain, type BrainRequest, type Reply } from './brain.js';
import { GeminiSimulator } from './gemini-simulator.js';
import type { ModelLedger } from './model-ledger.js';
import { OpenAiSimulator, type ModelSimulatorOptions } from './openai-simulator.js';
import { OpenRouterSimulator } from './openrouter-simulator.js';

const KEY = 'sk-simulated-1234';

// The SDK warns, once a call, that it does not know the model sim-1.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

type Connect = (url: string, apiKey: string) => LanguageModel;
interface Api {
  name: string;
  simulator: new (options: ModelSimulatorOptions) => {
    ledger: ModelLedger;
    start(): Promise<Loopback>;
  };
  connect: Connect;
  /** What it says to a wrong key and to an unknown model, where that is not 401 and 404. */
  refusals?: readonly [number, number];
  /** It tells a wait in the body. */
  tellsWaitInBody?: true;
}

const chat: Api = {
  name: 'OpenAI chat completions',
  simulator: OpenAiSimulator,
  connect: (url, apiKey) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat('sim-1'),
};
const responses: Api = {
  name: 'OpenAI responses',
  simulator: OpenAiSimulator,
  connect: (url, apiKey) => createOpenAI({ baseURL: `${url}/v1`, apiKey })('sim-1'),
};
const compatible: Api = {
  name: 'an OpenAI-compatible host',
  simulator: OpenAiSimulator,
  connect: (url, apiKey) =>
    createOpenAICompatible({ name: 'ollama', baseURL: `${url}/v1`, apiKey, includeUsage: true })('sim-1'),
};
const anthropic: Api = {
  name: 'Anthropic messages',
  simulator: AnthropicSimulator,
  connect: (url, apiKey) => createAnthropic({ baseURL: `${url}/v1`, apiKey })('sim-1'),
};

const gemini: Api = {
  name: 'Gemini generateContent',
  simulator: GeminiSimulator,
  connect: (url, apiKey) => createGoogle({ baseURL: `${url}/v1beta`, apiKey })('sim-1'),
  refusals: [400, 404],
  tellsWaitInBody: true,
};
const openRouter: Api = {
  name: 'OpenRouter',
  simulator: OpenRouterSimulator,
  connect: (url, apiKey) =>
    createOpenAICompatible({ name: 'openrouter', baseURL: `${url}/api/v1`, apiKey, includeUsage: true })(
      'sim-1',
    ),
  refusals: [401, 400],
};

const USAGE = { input: 100, output: 20, cacheRead: 60, reasoning: 5 };
const TEXT = 'The ingestion job fails on 2026-11-03: naïve dates, 日本語 and 🎉 included.';

const lookUp = tool({
  description: 'Looks an issue up',
  inputSchema: jsonSchema<{ number: number }>({ type: 'object', properties: { number: { type: 'number' } } }),
  execute: ({ number }) => `Issue ${number} is open`,
});

const open: Loopback[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

async function start(api: Api, brain: Brain, options: Omit<ModelSimulatorOptions, 'brain'> = {}) {
  const simulator = new api.simulator({ brain, keys: [KEY], ...options });
  const server = await simulator.start();
  open.push(server);
  return { ledger: simulator.ledger, url: server.url, model: api.connect(server.url, KEY) };
}

async function ask(api: Api, reply: Reply) {
  const { model, ledger } = await start(api, scriptedBrain([reply]));
  return { ledger, result: generateText({ model, prompt: 'Hello', maxRetries: 0, tools: { lookUp } }) };
}

/** Reads a stream to its end, whatever the end is, or leaves it after so many pieces. */
async function drain(model: LanguageModel, leaveAfter = Infinity) {
  const leaving = new AbortController();
  const errors: unknown[] = [];
  const seen: string[] = [];
  const result = streamText({
    model,
    prompt: 'Hello',
    maxRetries: 0,
    tools: { lookUp },
    onError: ({ error }) => void errors.push(error),
    abortSignal: leaving.signal,
  });
  let finish: string | null = null;
  try {
    for await (const part of result.stream) {
      if (part.type === 'text-delta') seen.push(part.text);
      if (seen.length >= leaveAfter) leaving.abort();
      if (part.type === 'finish') finish = part.finishReason;
      if (part.type === 'abort') finish = 'aborted';
    }
  } catch (error) {
    // Of a reset connection the SDK tells by throwing out of the stream, not by an error part.
    errors.push(error);
  }
  return { errors, pieces: seen, finish };
}

describe.each([chat, responses, compatible, anthropic, gemini, openRouter])(
  '$name, spoken to by the AI SDK',
  (api) => {
    it('answers in one piece', async () => {
      const { result, ledger } = await ask(api, { text: TEXT, usage: USAGE });
      const { text, usage, finishReason } = await result;
      expect({ text, finishReason }).toEqual({ text: TEXT, finishReason: 'stop' });
      expect(usage).toMatchObject({
        inputTokens: 100,
        outputTokens: 20,
        inputTokenDetails: { cacheReadTokens: 60 },
      });
      expect(ledger.billed()).toEqual({ ...USAGE, cacheWrite: 0 });
      expect(ledger.requests).toMatchObject([
        { model: 'sim-1', stream: false, tools: ['lookUp'], outcome: 200 },
      ]);
    });

    it('streams in several pieces, with the same usage', async () => {
      const { model, ledger } = await start(api, scriptedBrain([{ text: TEXT, usage: USAGE }]));
      const result = streamText({ model, prompt: 'Hello', maxRetries: 0 });
      const deltas: string[] = [];
      for await (const delta of result.textStream) deltas.push(delta);
      expect(deltas.length).toBeGreaterThan(5);
      expect(deltas.join('')).toBe(TEXT);
      expect(await result.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
      expect(await result.finishReason).toBe('stop');
      expect(ledger.requests).toMatchObject([{ stream: true, outcome: 200 }]);
    });

    it.each([false, true])('goes through a loop of tools (streamed: %s)', async (isStreamed) => {
      const asked: BrainRequest[] = [];
      const { model } = await start(api, (request) => {
        asked.push(request);
        if (request.messages.at(-1)?.role === 'tool') return { text: 'Both are open' };
        const calls = [7, 8].map((number) => ({ name: 'lookUp', arguments: { number } }));
        return { text: 'Let me look', toolCalls: calls };
      });
      const call = {
        model,
        instructions: 'Be brief',
        prompt: 'Which are open?',
        tools: { lookUp },
        stopWhen: isStepCount(3),
        maxRetries: 0,
      };
      const text = isStreamed ? await streamText(call).text : (await generateText(call)).text;
      expect(text).toBe('Both are open');
      expect(asked).toHaveLength(2);
      expect(asked[1]?.messages).toMatchObject([
        { role: 'system', text: 'Be brief' },
        { role: 'user', text: 'Which are open?' },
        {
          role: 'assistant',
          text: 'Let me look',
          toolCalls: [{ name: 'lookUp', arguments: '{"number":7}' }, {}],
        },
        { role: 'tool', toolResults: [{ text: 'Issue 7 is open' }, { text: 'Issue 8 is open' }] },
      ]);
    });

    it('refuses a history with a call that has no result', async () => {
      const { url, ledger } = await start(api, scriptedBrain([]));
      const openCall = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
      const unanswered = { role: 'assistant', content: null, tool_calls: [openCall] };
      const bodies: Record<Api['name'], [string, object]> = {
        [gemini.name]: [
          'v1beta/models/sim-1:generateContent',
          { contents: [{ role: 'model', parts: [{ functionCall: { id: 'c1', name: 'f', args: {} } }] }] },
        ],
        [openRouter.name]: ['api/v1/chat/completions', { messages: [unanswered] }],
        [responses.name]: [
          'v1/responses',
          { input: [{ type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' }] },
        ],
        [anthropic.name]: [
          'v1/messages',
          {
            max_tokens: 9,
            messages: [
              { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: {} }] },
            ],
          },
        ],
      };
      const [path, body] = bodies[api.name] ?? ['v1/chat/completions', { messages: [unanswered] }];
      const answer = await fetch(`${url}/${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${KEY}`,
          'x-api-key': KEY,
          'x-goog-api-key': KEY,
          'anthropic-version': '2023-06-01',
        },
        body: JSON.stringify({ model: 'sim-1', ...body }),
      });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('c1');
      expect(ledger.bills).toEqual([]);
    });

    it('refuses an unknown key and an unknown model, and bills neither', async () => {
      const refusals = api.refusals ?? [401, 404];
      const { url, ledger } = await start(api, scriptedBrain([]), { models: ['another'] });
      const statusWith = async (key: string) => {
        const result = generateText({ model: api.connect(url, key), prompt: 'Hello', maxRetries: 0 });
        const error: unknown = await result.then(
          () => null,
          (reason: unknown) => reason,
        );
        return APICallError.isInstance(error) ? error.statusCode : error;
      };
      expect([await statusWith('sk-wrong-key'), await statusWith(KEY)]).toEqual(refusals);
      expect(ledger.bills).toEqual([]);
      expect(ledger.requests.map((entry) => entry.outcome)).toEqual(refusals);
    });

    it.each([
      [429, 7],
      [529, undefined],
      [500, undefined],
    ])('refuses with %i in the provider’s shape', async (status, retryAfter) => {
      const refusal = { status, message: 'Too busy', ...(retryAfter !== undefined && { retryAfter }) };
      const { result, ledger } = await ask(api, refusal);
      await expect(result).rejects.toMatchObject({
        statusCode: status,
        message: 'Too busy',
        isRetryable: true,
      });
      if (retryAfter !== undefined && api.tellsWaitInBody === true) {
        await expect(result).rejects.toMatchObject({
          data: { error: { details: [{ retryDelay: '7s' }] } },
        });
      } else if (retryAfter !== undefined) {
        await expect(result).rejects.toMatchObject({ responseHeaders: { 'retry-after': '7' } });
      }
      expect(ledger.bills).toEqual([]);
    });

    it('never answers when told to hang', async () => {
      const leaving = new AbortController();
      const { model, ledger } = await start(api, () => {
        setImmediate(() => leaving.abort());
        return { hang: true };
      });
      const call = { model, prompt: 'Hello', maxRetries: 0, abortSignal: leaving.signal };
      await expect(generateText(call)).rejects.toThrow(/aborted/u);
      expect(ledger.requests).toMatchObject([{ outcome: 'hung' }]);
      expect(ledger.bills).toEqual([]);
    });

    it('resets the connection after so many pieces, and bills what it computed', async () => {
      const { model, ledger } = await start(
        api,
        scriptedBrain([{ text: TEXT, usage: USAGE, resetAfterChunks: 3 }]),
      );
      const { errors, pieces, finish } = await drain(model);
      expect(errors).toHaveLength(1);
      expect(pieces).toHaveLength(3);
      expect(finish).not.toBe('stop');
      expect(ledger.requests).toMatchObject([{ outcome: 'broken' }]);
      expect(ledger.billed().output).toBe(20);
    });

    it('resets the connection in the middle of an answer that is not streamed', async () => {
      const { result, ledger } = await ask(api, { text: TEXT, resetAfterChunks: 1 });
      await expect(result).rejects.toThrow('Failed to process successful response');
      expect(ledger.requests).toMatchObject([{ outcome: 'broken' }]);
    });

    it('stops a stream before its end in good order', async () => {
      const { model } = await start(api, scriptedBrain([{ text: TEXT, truncateStream: true }]));
      const { pieces, finish } = await drain(model);
      expect(pieces.length).toBeGreaterThan(1);
      expect(TEXT.startsWith(pieces.join(''))).toBe(true);
      expect(pieces.join('')).not.toBe(TEXT);
      expect(finish).not.toBe('stop');
    });

    it('cuts the JSON of an answer that is not streamed', async () => {
      const { result } = await ask(api, { text: TEXT, truncateStream: true });
      await expect(result).rejects.toThrow('Invalid JSON response');
    });

    it('stalls in the middle of a stream', async () => {
      const { model, ledger } = await start(api, scriptedBrain([{ text: TEXT, stallAfterChunks: 2 }]));
      const { pieces, finish } = await drain(model, 2);
      expect({ count: pieces.length, finish }).toEqual({ count: 2, finish: 'aborted' });
      expect(ledger.requests).toMatchObject([{ outcome: 'hung' }]);
    });

    it('sends the provider’s own error in the middle of a stream', async () => {
      const { model } = await start(api, scriptedBrain([{ text: TEXT, errorAfterChunks: 2 }]));
      const { errors, pieces } = await drain(model);
      expect(pieces).toHaveLength(2);
      expect(errors).toHaveLength(1);
    });

    it.each([false, true])('sends malformed arguments as they stand (streamed: %s)', async (isStreamed) => {
      const { model } = await start(api, scriptedBrain([{ malformedToolArguments: '{"number": 7' }]));
      const call = { model, prompt: 'Hello', maxRetries: 0, tools: { lookUp } };
      const calls = isStreamed ? await streamText(call).toolCalls : (await generateText(call)).toolCalls;
      // Anthropic's and Gemini's whole answers carry input as JSON already, so there the text is the (wrong) input.
      const isText = (api === anthropic || api === gemini) && !isStreamed;
      const wrong = isText ? { input: '{"number": 7' } : { invalid: true };
      expect(calls).toMatchObject([{ toolName: 'lookUp', ...wrong }]);
    });

    it('reports an answer cut off by the token limit', async () => {
      const { result } = await ask(api, { text: 'Half an ans', finish: 'length' });
      expect((await result).finishReason).toBe('length');
    });

    it('says so when the script has run out, in a way no client tries again', async () => {
      const { model } = await start(api, scriptedBrain([]));
      const result = generateText({ model, prompt: 'Hello' });
      await expect(result).rejects.toThrow('The script has 0 replies and this is request 1');
    });
  },
);
