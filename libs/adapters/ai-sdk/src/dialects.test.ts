import { Secret } from '@openloop/kernel';
import type { ChatMessage, Model, ModelReply, ModelRequest } from '@openloop/models';
import { modelRequest, toolDefinition } from '@openloop/models/testing';
import {
  GeminiSimulator,
  OllamaSimulator,
  OpenRouterSimulator,
  scriptedBrain,
  type ModelLedger,
  type Reply,
} from '@openloop/simulators';
import { afterEach, describe, expect, it } from '@jest/globals';

import { geminiModel, ollamaModel, openRouterModel } from './providers.js';

const KEY = 'test-key';
const apiKey = new Secret(KEY);
const WAYS = [{ way: 'streamed' }, { way: 'at once' }] as const;
type Way = (typeof WAYS)[number]['way'];
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Bench {
  model: Model;
  ledger: ModelLedger;
  url: string;
}

async function gemini(...replies: Reply[]): Promise<Bench> {
  const simulator = new GeminiSimulator({ brain: scriptedBrain(replies), keys: [KEY] });
  const server = await simulator.start();
  closing.push(() => server.close());
  const url = `${server.url}/v1beta`;
  return { model: geminiModel({ apiKey, baseUrl: url }), ledger: simulator.ledger, url };
}

async function openRouter(...replies: Reply[]): Promise<Bench> {
  const simulator = new OpenRouterSimulator({ brain: scriptedBrain(replies), keys: [KEY] });
  const server = await simulator.start();
  closing.push(() => server.close());
  const url = `${server.url}/api/v1`;
  return { model: openRouterModel({ apiKey, baseUrl: url }), ledger: simulator.ledger, url };
}

async function ollama(models: readonly string[], ...replies: Reply[]): Promise<Bench> {
  const simulator = new OllamaSimulator({ brain: scriptedBrain(replies), models });
  const server = await simulator.start();
  closing.push(() => server.close());
  const url = `${server.url}/v1`;
  return { model: ollamaModel({ baseUrl: url }), ledger: simulator.ledger, url };
}

function requestOf(name: ModelRequest['model'], way: Way, about: Partial<ModelRequest> = {}): ModelRequest {
  return modelRequest({ model: name, ...(way === 'streamed' && { onText: () => undefined }), ...about });
}

/** What a database does to a reply between two steps. */
function stored(reply: ModelReply): ChatMessage {
  return JSON.parse(JSON.stringify({ role: 'assistant', ...reply })) as ChatMessage; // it was one before
}

describe.each(WAYS)('geminiModel, $way', ({ way }) => {
  const name = 'gemini/gemini-3-flash-preview';
  const user: ChatMessage = { role: 'user', text: 'Open two issues' };
  const tools = [toolDefinition()];

  it('brings back what the thoughts of a call were signed with, also after a detour through JSON', async () => {
    const calls = ['a', 'b'].map((title) => ({ name: tools[0]?.name ?? '', arguments: { title } }));
    const { model, ledger } = await gemini({ text: 'On it', toolCalls: calls }, { text: 'Both are open' });
    const first = await model.reply(requestOf(name, way, { tools, messages: [user] }));
    const answers = first.toolCalls.map(({ id, name: tool }): ChatMessage => ({
      role: 'tool',
      callId: id,
      name: tool,
      text: 'ok',
      isError: false,
    }));

    const second = await model.reply(
      requestOf(name, way, { tools, messages: [user, stored(first), ...answers] }),
    );

    expect(second.text).toBe('Both are open');
    expect(JSON.stringify(ledger.requests[1]?.body)).toMatch(/"thoughtSignature":"\w{90,}"/);
    expect(JSON.stringify(ledger.requests[1]?.body)).not.toContain('skip_thought_signature_validator');
  });

  it('brings back the signature of a plain answer', async () => {
    const { model, ledger } = await gemini({ text: 'Hello there' }, { text: 'Yes' });
    const first = await model.reply(requestOf(name, way, { messages: [user] }));

    await model.reply(
      requestOf(name, way, { messages: [user, stored(first), { role: 'user', text: 'Really?' }] }),
    );

    expect(JSON.stringify(ledger.requests[1]?.body)).toMatch(/"thoughtSignature":"\w{90,}"/);
  });

  it('counts thoughts as output and cached tokens as input', async () => {
    const usage = { input: 500, output: 80, reasoning: 50, cacheRead: 400 };
    const { model } = await gemini({ text: 'Hi', usage });

    const reply = await model.reply(requestOf(name, way));

    expect(reply.usage).toEqual({ input: 500, output: 80, cacheRead: 400, cacheWrite: 0 });
  });

  it('takes a count that was left out for none only where the total shows that it is none', async () => {
    const { model } = await gemini({ finish: 'refused', usage: { input: 40 } });

    const reply = await model.reply(requestOf(name, way));

    expect(reply).toMatchObject({ finish: 'refused', text: '', usage: { input: 40, output: 0 } });
  });

  it('does not believe a total that the other counts do not make up', async () => {
    const { model } = await gemini({ text: 'Hi', usage: { input: 10, output: 5, reasoning: 8 } });

    expect((await model.reply(requestOf(name, way))).usage).toBeNull();
  });

  it('tells an answer that safety stopped in the middle from a whole one', async () => {
    const { model } = await gemini({ text: 'Half an ans', finish: 'refused' });

    expect(await model.reply(requestOf(name, way, { tools }))).toMatchObject({ finish: 'refused' });
  });

  it('takes a call that the model could not form for a reply that broke off', async () => {
    const { model } = await gemini({ finishWord: 'MALFORMED_FUNCTION_CALL' });

    await expect(model.reply(requestOf(name, way, { tools }))).rejects.toMatchObject({
      reason: 'broken',
      isTransient: true,
      options: { notBilled: false },
    });
  });

  it('says 401 of a wrong key, though the service says 400', async () => {
    const { url, ledger } = await gemini();
    const stranger = geminiModel({ apiKey: new Secret('another'), baseUrl: url });

    await expect(stranger.reply(requestOf(name, way))).rejects.toMatchObject({
      reason: 'rejected',
      message: 'gemini answered 401 (API_KEY_INVALID)',
      options: { notBilled: true, status: 401 },
    });
    expect(ledger.bills).toEqual([]);
  });

  it('reads the wait of a 429 from its details, and says the code', async () => {
    const { model } = await gemini({ status: 429, message: 'Quota', retryAfter: 7.25 });

    await expect(model.reply(requestOf(name, way))).rejects.toMatchObject({
      message: 'gemini answered 429 (RESOURCE_EXHAUSTED)',
      options: { retryAfterMs: 7_250 },
    });
  });
});

describe.each(WAYS)('openRouterModel, $way', ({ way }) => {
  const name = 'openrouter/anthropic/claude-sonnet-4.6';

  it('sends the author along with the model', async () => {
    const { model, ledger } = await openRouter({ text: 'Hi' });

    expect((await model.reply(requestOf(name, way))).text).toBe('Hi');
    expect(ledger.requests[0]?.model).toBe('anthropic/claude-sonnet-4.6');
  });

  it('does not take an error inside an answer of status 200 for a reply', async () => {
    const { model, ledger } = await openRouter({ text: 'Half an answer', errorAfterChunks: 1 });

    await expect(model.reply(requestOf(name, way))).rejects.toMatchObject({
      reason: 'broken',
      options: { notBilled: false },
    });
    expect(ledger.requests).toMatchObject([{ outcome: 'broken' }]);
  });

  it('does not take what came before the word `error` for a reply', async () => {
    const { model } = await openRouter({ text: 'Half an answer', finishWord: 'error' });

    await expect(model.reply(requestOf(name, way))).rejects.toMatchObject({ reason: 'broken' });
  });

  it.each([
    [401, 'rejected'],
    [402, 'rejected'],
    [429, 'rate_limited'],
  ])('says %i in the words that the reasons of a stop are told by', async (status, reason) => {
    const { model } = await openRouter({ status, message: 'No' });

    await expect(model.reply(requestOf(name, way))).rejects.toMatchObject({
      reason,
      message: `openrouter answered ${status}`,
    });
  });
});

describe.each(WAYS)('ollamaModel, $way', ({ way }) => {
  it('sends no key and needs no details of the usage', async () => {
    const { model } = await ollama(['qwen3:8b'], { text: 'Hi', usage: { input: 9, output: 2 } });

    const reply = await model.reply(requestOf('ollama/qwen3:8b', way));

    expect(reply.usage).toEqual({ input: 9, output: 2, cacheRead: 0, cacheWrite: 0 });
  });

  it('says 404 of a model that was not pulled', async () => {
    const { model } = await ollama(['qwen3:8b']);

    await expect(model.reply(requestOf('ollama/llama3', way))).rejects.toMatchObject({
      reason: 'rejected',
      message: 'ollama answered 404 (not_found_error)',
    });
  });
});
