import { afterEach, describe, expect, it } from '@jest/globals';

import type { Loopback } from '../loopback.js';
import { scriptedBrain, type Reply } from './brain.js';
import { OllamaSimulator } from './ollama-simulator.js';
import { OpenRouterSimulator } from './openrouter-simulator.js';

const KEY = 'sk-or-simulated';
const ASKED = { model: 'a/b', messages: [{ role: 'user', content: 'Hello' }] };
const STREAMED = { ...ASKED, stream: true, stream_options: { include_usage: true } };

let server: Loopback;
afterEach(() => server.close());

async function post(path: string, body: object) {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('OpenRouterSimulator', () => {
  const path = '/api/v1/chat/completions';

  async function start(...replies: Reply[]) {
    const simulator = new OpenRouterSimulator({ brain: scriptedBrain(replies), keys: [KEY] });
    server = await simulator.start();
    return simulator.ledger;
  }

  it('tells who answered and what it cost', async () => {
    await start({ text: 'Hi', usage: { input: 900, output: 100 } });

    expect(JSON.parse((await post(path, ASKED)).text)).toMatchObject({
      provider: 'Anthropic',
      usage: { prompt_tokens: 900, completion_tokens: 100, cost: 0.002 },
    });
  });

  it('begins a stream with comments and ends it with the cost', async () => {
    await start({ text: 'Hi', usage: { input: 900, output: 100 } });

    const { text } = await post(path, STREAMED);

    expect(text.startsWith(': OPENROUTER PROCESSING\n\n')).toBe(true);
    expect(text).toContain('"cost":0.002');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('tells a failure of the provider behind it with status 200, and bills it', async () => {
    const ledger = await start({ text: 'Hi', errorAfterChunks: 0 }, { text: 'Hi', errorAfterChunks: 1 });

    const whole = await post(path, ASKED);
    const streamed = await post(path, STREAMED);

    expect([whole.status, streamed.status]).toEqual([200, 200]);
    expect(JSON.parse(whole.text)).toMatchObject({
      choices: [{ finish_reason: 'error', error: { code: 502 }, message: { content: '' } }],
    });
    expect(streamed.text).toMatch(/"error":\{"code":502.*"finish_reason":"error"/);
    expect(ledger.bills).toHaveLength(2);
  });

  it('tells an error by its status, as a number', async () => {
    await start({ status: 402, message: 'Insufficient credits' });

    expect(JSON.parse((await post(path, ASKED)).text)).toEqual({
      error: { code: 402, message: 'Insufficient credits' },
    });
  });

  it('lists its models to everyone', async () => {
    await start();

    expect((await fetch(`${server.url}/api/v1/models`)).status).toBe(200);
  });
});

describe('OllamaSimulator', () => {
  const path = '/v1/chat/completions';

  async function start(...replies: Reply[]) {
    const simulator = new OllamaSimulator({ brain: scriptedBrain(replies), models: ['a/b'] });
    server = await simulator.start();
    return simulator.ledger;
  }

  it('sends a call in one piece', async () => {
    await start({ toolCalls: [{ name: 'look_up', arguments: { number: 7, title: 'A long one' } }] });

    const { text } = await post(path, STREAMED);

    expect(text.match(/"tool_calls"/g)).toHaveLength(2); // the call, and the reason of the end
    expect(text).toContain(JSON.stringify('{"number":7,"title":"A long one"}'));
  });

  it('tells no details of the usage', async () => {
    await start({ text: 'Hi', usage: { input: 3, output: 1, reasoning: 1 } });

    expect(JSON.parse((await post(path, ASKED)).text)).toMatchObject({
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
    });
    expect((await post(path, ASKED)).text).not.toContain('details');
  });

  it('writes an error in the middle of a stream that is no event', async () => {
    await start({ text: 'one two three four', errorAfterChunks: 1 });

    const lines = (await post(path, STREAMED)).text.trimEnd().split('\n');

    expect(lines.at(-1)).toMatch(/^\{"error":/);
  });

  it('does not know a model that was not pulled, and looks at no key', async () => {
    await start();

    const { status, text } = await post(path, { ...ASKED, model: 'c' });

    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({
      error: { type: 'not_found_error', message: "model 'c' not found" },
    });
    expect(await (await fetch(`${server.url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'a/b' }] });
  });
});
