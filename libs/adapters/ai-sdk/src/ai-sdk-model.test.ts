import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Secret } from '@openloop/kernel';
import type { ChatMessage } from '@openloop/models';
import { modelRequest, toolDefinition } from '@openloop/models/testing';
import { AnthropicSimulator, OpenAiSimulator, type Reply } from '@openloop/simulators';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { anthropicModel, openAiCompatibleModel, openAiModel } from './providers.js';

const apiKey = new Secret('test-key');
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('AiSdkModel', () => {
  it('gives signed thoughts back to the provider that had them, also after a detour through JSON', async () => {
    const { url, bodies } = await canned([THOUGHTFUL, PLAIN]);
    const model = anthropicModel({ apiKey, baseUrl: url });
    const user: ChatMessage = { role: 'user', text: 'Open an issue' };
    const request = modelRequest({
      model: 'anthropic/claude-sonnet-4-6',
      messages: [user],
      tools: [toolDefinition()],
    });

    const first = await model.reply(request);
    const stored = JSON.parse(JSON.stringify({ role: 'assistant', ...first })) as ChatMessage; // what a database does
    const answer: ChatMessage = {
      role: 'tool',
      callId: 'toolu_1',
      name: 'github_issues_write',
      text: 'ok',
      isError: false,
    };
    await model.reply({ ...request, messages: [user, stored, answer] });

    expect(first.providerData).toBeDefined();
    expect(bodies[1]).toMatchObject({
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Let me see', signature: 'signed-by-provider' },
            { type: 'tool_use', id: 'toolu_1', input: { repo: 'acme/x', title: 'T' } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
      ],
    });
  });

  it('does not show one provider the thoughts of another', async () => {
    const { url, bodies } = await canned([PLAIN]);
    const stranger = { provider: 'openai', content: [{ type: 'reasoning', text: 'private' }] };

    await anthropicModel({ apiKey, baseUrl: url }).reply(
      modelRequest({
        model: 'anthropic/claude-sonnet-4-6',
        messages: [
          { role: 'user', text: 'Hello' },
          { role: 'assistant', text: 'Hello to you', toolCalls: [], providerData: stranger },
          { role: 'user', text: 'And now?' },
        ],
      }),
    );

    expect(JSON.stringify(bodies[0])).toContain('Hello to you');
    expect(JSON.stringify(bodies[0])).not.toContain('private');
  });

  it('keeps nothing for a provider that wants nothing back', async () => {
    const { model } = await openAi([{ text: 'Hello' }]);

    expect(await model.reply(modelRequest({ model: 'openai/gpt-4o-mini' }))).not.toHaveProperty(
      'providerData',
    );
  });

  it('asks OpenAI to store nothing', async () => {
    const { model, simulator } = await openAi([{ text: 'Hello' }]);

    await model.reply(modelRequest({ model: 'openai/gpt-4o-mini' }));

    expect(simulator.ledger.requests[0]).toMatchObject({ path: '/v1/responses', body: { store: false } });
  });

  it('sends arguments that are not an object as one, because a provider refuses anything else', async () => {
    const simulator = new AnthropicSimulator({ brain: () => ({ text: 'I see' }) });
    const server = await simulator.start();
    closing.push(() => server.close());
    const call = { id: 'toolu_1', name: 'github_issues_write', arguments: '{"repo": "acm' };

    await anthropicModel({ apiKey, baseUrl: `${server.url}/v1` }).reply(
      modelRequest({
        model: 'anthropic/claude-sonnet-4-6',
        tools: [toolDefinition()],
        messages: [
          { role: 'user', text: 'Go' },
          { role: 'assistant', text: '', toolCalls: [call] },
          { role: 'tool', callId: 'toolu_1', name: call.name, text: 'Not JSON', isError: true },
        ],
      }),
    );

    const sent = simulator.ledger.requests[0]?.messages.find(({ role }) => role === 'assistant');
    expect(JSON.parse(sent?.toolCalls?.[0]?.arguments ?? '')).toEqual({ not_a_json_object: '{"repo": "acm' });
  });

  it('answers several calls of one reply in one message', async () => {
    const { model, simulator } = await openAi([{ text: 'Both done' }]);
    const name = 'github_issues_write';

    await model.reply(
      modelRequest({
        model: 'openai/gpt-4o-mini',
        tools: [toolDefinition()],
        messages: [
          { role: 'user', text: 'Open two' },
          {
            role: 'assistant',
            text: '',
            toolCalls: [
              { id: 'a', name, arguments: {} },
              { id: 'b', name, arguments: {} },
            ],
          },
          { role: 'tool', callId: 'a', name, text: 'First', isError: false },
          { role: 'tool', callId: 'b', name, text: 'Second', isError: true },
        ],
      }),
    );

    expect(simulator.ledger.requests[0]?.messages.at(-1)).toMatchObject({
      toolResults: [
        { callId: 'a', text: 'First' },
        { callId: 'b', text: expect.stringContaining('Second') },
      ],
    });
  });

  it('refuses a transcript with an unanswered call before it costs anything', async () => {
    const { model, simulator } = await openAi([]);
    const call = { id: 'a', name: 'x', arguments: {} };
    const messages: ChatMessage[] = [
      { role: 'user', text: 'Go' },
      { role: 'assistant', text: '', toolCalls: [call] },
      { role: 'user', text: 'Never mind' },
    ];

    const asked = model.reply(modelRequest({ model: 'openai/gpt-4o-mini', messages }));

    await expect(asked).rejects.toMatchObject({ reason: 'rejected', options: { notBilled: true } });
    expect(simulator.ledger.requests).toEqual([]);
  });

  it('gives up on a provider that stays silent, and counts it as billed', async () => {
    const { model } = await openAi([{ hang: true }]);

    await expect(model.reply(modelRequest({ model: 'openai/gpt-4o-mini' }))).rejects.toMatchObject({
      reason: 'timed_out',
      isTransient: true,
      options: { notBilled: false },
    });
  });

  it('takes an exhausted account for a refusal, not for a reason to wait', async () => {
    const { model } = await openAi([{ status: 429, message: 'Pay first', code: 'insufficient_quota' }]);

    await expect(model.reply(modelRequest({ model: 'openai/gpt-4o-mini' }))).rejects.toMatchObject({
      reason: 'rejected',
      message: 'openai answered 429 (insufficient_quota)',
    });
  });

  it('counts an error inside a stream as billed, though it names a status that costs nothing', async () => {
    const error = {
      type: 'error',
      code: 'rate_limit_exceeded',
      message: 'Slow down',
      param: null,
      sequence_number: 0,
    };
    const { url } = await canned([`event: error\ndata: ${JSON.stringify(error)}\n\n`]);
    const request = modelRequest({ model: 'openai/gpt-4o-mini', onText: () => undefined });

    await expect(openAiModel({ apiKey, baseUrl: url }).reply(request)).rejects.toMatchObject({
      reason: 'broken',
      options: { notBilled: false },
    });
  });

  it('takes a stream that ends without saying why for broken', async () => {
    const events = [
      { type: 'message_start', message: { ...PLAIN, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_stop' },
    ];
    const { url } = await canned([events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')]);
    const request = modelRequest({ model: 'anthropic/claude-sonnet-4-6', onText: () => undefined });

    await expect(anthropicModel({ apiKey, baseUrl: url }).reply(request)).rejects.toMatchObject({
      reason: 'broken',
    });
  });

  it('keeps the key and the prompt out of what it prints', async () => {
    const printed: string[] = [];
    const spies = (['log', 'error', 'warn', 'info', 'debug'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((...args) => void printed.push(JSON.stringify(args))),
    );
    closing.push(() => spies.forEach((spy) => spy.mockRestore()));
    const { model } = await openAi([
      { status: 500, message: 'x' },
      { text: 'a b c d', errorAfterChunks: 2 },
    ]);
    const request = modelRequest({ model: 'openai/gpt-4o-mini', onText: () => undefined });

    await model.reply(request).catch(() => undefined);
    await model.reply(request).catch(() => undefined);

    expect(printed).toEqual([]);
  });

  it('needs no key where the server wants none, and opens one connection for many replies', async () => {
    let connections = 0;
    const { url, bodies } = await canned([CHAT, CHAT, CHAT], (server) =>
      server.on('connection', () => (connections += 1)),
    );
    const model = openAiCompatibleModel({ name: 'ollama', baseUrl: url });

    for (let round = 0; round < 3; round += 1)
      await model.reply(modelRequest({ model: 'ollama/library/llama3:8b' }));

    expect(bodies[2]).toMatchObject({ model: 'library/llama3:8b', max_tokens: 1_024 });
    expect(connections).toBe(1);
  });

  it.each([{ prompt_tokens: 5 }, {}, { prompt_tokens: null, completion_tokens: null }])(
    'does not take a count that was left out for none: %j',
    async (usage) => {
      const { url } = await canned([{ ...CHAT, usage }]);

      const reply = await openAiCompatibleModel({ name: 'lab', baseUrl: url }).reply(
        modelRequest({ model: 'lab/x' }),
      );

      expect(reply.usage).toBeNull();
    },
  );
});

const CHAT = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'x',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
};

const PLAIN = {
  id: 'msg_2',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-6',
  content: [{ type: 'text', text: 'Done' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 5 },
};

const THOUGHTFUL = {
  ...PLAIN,
  id: 'msg_1',
  content: [
    { type: 'thinking', thinking: 'Let me see', signature: 'signed-by-provider' },
    { type: 'tool_use', id: 'toolu_1', name: 'github_issues_write', input: { repo: 'acme/x', title: 'T' } },
  ],
  stop_reason: 'tool_use',
};

async function openAi(replies: readonly Reply[]) {
  const left = [...replies];
  const simulator = new OpenAiSimulator({
    brain: () => left.shift() ?? { status: 400, message: 'Nothing scripted' },
  });
  const server = await simulator.start();
  closing.push(() => server.close());
  const model = openAiModel({ apiKey, baseUrl: `${server.url}/v1`, timeouts: { idleMs: 200 } });
  return { model, simulator };
}

/** A server that sends these bodies in order, texts as event streams, and keeps what it was sent. */
async function canned(
  answers: readonly (object | string)[],
  prepare: (server: Server) => void = () => undefined,
) {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const answer = answers[bodies.length];
      const isStream = typeof answer === 'string';
      response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
      response.end(isStream ? answer : JSON.stringify(answer));
      bodies.push(JSON.parse(text));
    });
  });
  prepare(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server that listens has an address with a port.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}
