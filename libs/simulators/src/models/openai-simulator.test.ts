import { createOpenAI } from '@ai-sdk/openai';
import { afterEach, describe, expect, it } from '@jest/globals';
import { generateText, streamText } from 'ai';

import type { Loopback } from '../loopback.js';
import { scriptedBrain, type Brain } from './brain.js';
import { OpenAiSimulator, type ModelSimulatorOptions } from './openai-simulator.js';

const KEY = 'sk-simulated-1234';

describe('OpenAiSimulator', () => {
  let server: Loopback;
  afterEach(() => server.close());

  async function start(brain: Brain, options: Omit<ModelSimulatorOptions, 'brain'> = {}) {
    const simulator = new OpenAiSimulator({ brain, keys: [KEY], ...options });
    server = await simulator.start();
    return { ledger: simulator.ledger, openai: createOpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY }) };
  }

  it.each(['chat', 'responses'] as const)(
    'tells no usage by %s when told not to, and still bills',
    async (api) => {
      const { openai, ledger } = await start(() => ({ text: 'Hi', usage: { input: 100 }, omitUsage: true }));
      const model = openai[api]('sim-1');
      const whole = await generateText({ model, prompt: 'Hello', maxRetries: 0 });
      const streamed = streamText({ model, prompt: 'Hello', maxRetries: 0 });
      expect(await streamed.text).toBe('Hi');
      expect(whole.usage.inputTokens).toBeUndefined();
      expect((await streamed.usage).inputTokens).toBeUndefined();
      expect(ledger.billed().input).toBe(200);
    },
  );

  it.each(['chat', 'responses'] as const)('tells reasoning tokens by %s', async (api) => {
    const { openai } = await start(() => ({ text: 'Hi', usage: { output: 20, reasoning: 5 } }));
    const { usage } = await generateText({ model: openai[api]('sim-1'), prompt: 'Hello', maxRetries: 0 });
    expect(usage.outputTokenDetails).toEqual({ textTokens: 15, reasoningTokens: 5 });
  });

  it('estimates the usage that its brain leaves out from the length of the texts', async () => {
    const { openai, ledger } = await start(scriptedBrain([{ text: 'x'.repeat(400) }, { text: 'x' }]));
    for (let i = 0; i < 2; i += 1) await generateText({ model: openai('sim-1'), prompt: 'y'.repeat(4000) });
    expect(ledger.bills.map((bill) => bill.output)).toEqual([100, 1]);
    expect(ledger.bills[0]?.input).toBeGreaterThanOrEqual(1000);
  });

  it('sums what it billed by model', async () => {
    const { openai, ledger } = await start(() => ({ text: 'Hi', usage: { input: 10, output: 1 } }));
    for (const name of ['a', 'a', 'b']) await generateText({ model: openai.chat(name), prompt: 'Hello' });
    expect(ledger.billed('a')).toMatchObject({ input: 20, output: 2 });
    expect(ledger.billed()).toMatchObject({ input: 30, output: 3 });
  });

  it('lists its models to those with a key', async () => {
    await start(scriptedBrain([]), { models: ['sim-1', 'sim-2'] });
    const listed = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
    expect(await listed.json()).toMatchObject({ object: 'list', data: [{ id: 'sim-1' }, { id: 'sim-2' }] });
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
  });

  it('knows what it said by reference, and does not know what it did not say', async () => {
    await start(({ messages }) => ({ text: `${messages.length} messages` }));
    const send = async (input: unknown) => {
      const headers = { authorization: `Bearer ${KEY}` };
      const body = JSON.stringify({ model: 'sim-1', input });
      const answer = await fetch(`${server.url}/v1/responses`, { method: 'POST', headers, body });
      // Of a response only the ids of its output matter here.
      return { status: answer.status, body: (await answer.json()) as { output?: { id: string }[] } };
    };
    const first = await send('Hello');
    const id = first.body.output?.[0]?.id;
    const again = await send([
      { role: 'user', content: 'Hello' },
      { type: 'item_reference', id },
    ]);
    expect(again).toMatchObject({ status: 200, body: { output: [{ content: [{ text: '2 messages' }] }] } });
    expect(await send([{ type: 'item_reference', id: 'msg_none' }])).toMatchObject({ status: 404 });
  });

  it('waits before the first byte and between pieces when told to', async () => {
    const { openai } = await start(scriptedBrain([{ text: 'one two three', delayMs: 30, chunkDelayMs: 10 }]));
    const before = performance.now();
    expect(await streamText({ model: openai('sim-1'), prompt: 'Hello' }).text).toBe('one two three');
    expect(performance.now() - before).toBeGreaterThanOrEqual(50);
  });
});
