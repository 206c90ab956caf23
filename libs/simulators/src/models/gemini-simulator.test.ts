import { afterEach, describe, expect, it } from '@jest/globals';

import type { Loopback } from '../loopback.js';
import { scriptedBrain, type Reply } from './brain.js';
import { GeminiSimulator } from './gemini-simulator.js';

const KEY = 'AIza-simulated';
const ASKED = { role: 'user', parts: [{ text: 'Open it' }] };

describe('GeminiSimulator', () => {
  let server: Loopback;
  afterEach(() => server.close());

  async function start(...replies: Reply[]) {
    const simulator = new GeminiSimulator({ brain: scriptedBrain(replies), keys: [KEY] });
    server = await simulator.start();
    return simulator.ledger;
  }

  async function post(model: string, contents: readonly object[], method = 'generateContent') {
    const answer = await fetch(`${server.url}/v1beta/models/${model}:${method}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': KEY },
      body: JSON.stringify({ contents }),
    });
    const text = await answer.text();
    return { status: answer.status, text, json: () => JSON.parse(text) as Content };
  }

  interface Content {
    candidates: { content: { parts: { functionCall?: object; thoughtSignature?: string }[] } }[];
  }

  async function called(model: string) {
    const ledger = await start({ toolCalls: [{ name: 'f', arguments: { a: 1 } }] }, { text: 'Done' });
    const first = await post(model, [ASKED]);
    const part = first.json().candidates[0]?.content.parts[0] ?? {};
    // Only calls of this name were scripted.
    const { id, name } = part.functionCall as { id: string; name: string };
    const answer = { role: 'user', parts: [{ functionResponse: { id, name, response: { output: 'ok' } } }] };
    return { ledger, part, answer };
  }

  it('signs the first call of Gemini 3, and takes it back only with its signature', async () => {
    const { ledger, part, answer } = await called('gemini-3-flash-preview');
    const { thoughtSignature, ...unsigned } = part;
    const again = (sent: object) =>
      post('gemini-3-flash-preview', [ASKED, { role: 'model', parts: [sent] }, answer]);

    const refused = await again(unsigned);
    const corrupted = await again({ ...unsigned, thoughtSignature: 'made-up' });
    const taken = await again(part);

    expect(thoughtSignature).toBeDefined();
    expect(refused).toMatchObject({
      status: 400,
      text: expect.stringContaining('missing a thought_signature'),
    });
    expect(corrupted).toMatchObject({ status: 400, text: expect.stringContaining('Corrupted') });
    expect(taken.status).toBe(200);
    expect(ledger.requests.at(-1)?.messages.at(-1)).toMatchObject({ toolResults: [{ text: 'ok' }] });
  });

  it('asks for no signature of Gemini 2.5', async () => {
    const { part, answer } = await called('gemini-2.5-flash');

    expect(part).not.toHaveProperty('thoughtSignature');
    expect((await post('gemini-2.5-flash', [ASKED, { role: 'model', parts: [part] }, answer])).status).toBe(
      200,
    );
  });

  it('blocks a prompt without a candidate', async () => {
    await start({ finish: 'refused', usage: { input: 12 } });

    expect((await post('gemini-2.5-flash', [ASKED])).json()).toMatchObject({
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 12, totalTokenCount: 12 },
    });
  });

  it('counts thoughts beside the candidates and leaves out what is none', async () => {
    await start({ text: 'Hi', usage: { input: 10, output: 9, reasoning: 9 } });

    const { text } = await post('gemini-2.5-flash', [ASKED]);

    expect(JSON.parse(text)).toMatchObject({ usageMetadata: { thoughtsTokenCount: 9, totalTokenCount: 19 } });
    expect(text).not.toContain('candidatesTokenCount');
    expect(text).not.toContain('cachedContentTokenCount');
  });

  it('tells the wait of a 429 in its details and in no header', async () => {
    await start({ status: 429, message: 'Quota exceeded', retryAfter: 37 });

    expect(JSON.parse((await post('gemini-2.5-flash', [ASKED])).text)).toMatchObject({
      error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '37s' }] },
    });
  });

  it('refuses to stream anything but events', async () => {
    await start();

    expect((await post('gemini-2.5-flash', [ASKED], 'streamGenerateContent')).text).toContain('alt=sse');
  });

  it('knows who has no key from who has a wrong one', async () => {
    await start();
    const list = (headers: Record<string, string>) => fetch(`${server.url}/v1beta/models`, { headers });

    expect((await list({})).status).toBe(403);
    expect((await list({ 'x-goog-api-key': 'x' })).status).toBe(400);
    expect(await (await list({ 'x-goog-api-key': KEY })).json()).toMatchObject({
      models: [{ name: 'models/gemini-2.5-flash' }, {}],
    });
  });
});
