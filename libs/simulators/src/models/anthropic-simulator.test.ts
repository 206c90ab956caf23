import { createAnthropic } from '@ai-sdk/anthropic';
import { afterEach, describe, expect, it } from '@jest/globals';
import { generateText } from 'ai';

import type { Loopback } from '../loopback.js';
import { AnthropicSimulator } from './anthropic-simulator.js';
import { scriptedBrain, type Brain } from './brain.js';

const HEADERS = { 'x-api-key': 'sk-ant', 'anthropic-version': '2023-06-01' };

describe('AnthropicSimulator', () => {
  let server: Loopback;
  afterEach(() => server.close());

  async function start(brain: Brain) {
    const simulator = new AnthropicSimulator({ brain });
    server = await simulator.start();
    const model = createAnthropic({ baseURL: `${server.url}/v1`, apiKey: 'sk-ant' })('claude-sonnet-4-6');
    return {
      ledger: simulator.ledger,
      call: { model, prompt: 'Hello', maxRetries: 0, maxOutputTokens: 100 },
    };
  }

  async function post(body: object, headers: Record<string, string> = HEADERS) {
    const answer = await fetch(`${server.url}/v1/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  it('counts cache tokens beside input tokens on the wire, and its SDK adds them up', async () => {
    const { call } = await start(() => ({
      text: 'Hi',
      usage: { input: 100, cacheRead: 50, cacheWrite: 10 },
    }));
    const wire = await post({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] });
    expect(wire.body).toMatchObject({
      usage: { input_tokens: 40, cache_read_input_tokens: 50, cache_creation_input_tokens: 10 },
    });
    const { usage } = await generateText(call);
    expect(usage.inputTokens).toBe(100);
    expect(usage.inputTokenDetails).toEqual({ noCacheTokens: 40, cacheReadTokens: 50, cacheWriteTokens: 10 });
  });

  it('gives an answer its SDK calls invalid when it leaves out the usage, and bills it', async () => {
    const { call, ledger } = await start(() => ({ text: 'Hi', omitUsage: true }));
    await expect(generateText(call)).rejects.toThrow('Invalid JSON response');
    expect(ledger.bills).toHaveLength(1);
  });

  it('says that it is overloaded in its own shape', async () => {
    await start(scriptedBrain([{ status: 529, message: 'Overloaded' }]));
    const { status, body } = await post({
      model: 'm',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    expect(status).toBe(529);
    expect(body).toMatchObject({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
  });

  it.each([
    ['no max_tokens', { model: 'm', messages: [] }, 'max_tokens: Field required'],
    [
      'no messages',
      { model: 'm', max_tokens: 9, messages: [] },
      'messages: at least one message is required',
    ],
    [
      'a role of its own',
      { model: 'm', max_tokens: 9, messages: [{ role: 'tool' }] },
      'messages: Unexpected role "tool"',
    ],
  ])('refuses a request with %s', async (_, request, message) => {
    await start(scriptedBrain([]));
    const { status, body } = await post(request);
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', message } },
    });
  });

  it('wants a key and a version', async () => {
    await start(scriptedBrain([]));
    expect((await post({}, {})).status).toBe(401);
    expect((await post({}, { 'x-api-key': 'sk-ant' })).body).toMatchObject({
      error: { message: 'anthropic-version: header is required' },
    });
  });
});
