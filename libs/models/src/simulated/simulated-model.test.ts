import { describe, expect, it } from '@jest/globals';

import { costOf, requestBytes, upperBound } from '../cost.js';
import type { ChatMessage, ModelReply, ModelRequest } from '../model.js';
import { priceOf, type ModelPrice } from '../prices.js';
import { modelRequest, toolDefinition } from '../testing/builders.js';
import { SimulatedModel } from './simulated-model.js';

const write = toolDefinition();
const read = toolDefinition({
  name: 'github_issues_read',
  parameters: {
    type: 'object',
    properties: { repo: { type: 'string' }, number: { type: 'integer' } },
    required: ['repo'],
  },
});

describe('SimulatedModel', () => {
  it('asks for one issue with a title from the text', async () => {
    const reply = await ask('@demo open an issue about the flaky ingest test');

    expect(reply.finish).toBe('tool_calls');
    expect(reply.toolCalls).toEqual([
      {
        id: 'sim_call_1',
        name: 'github_issues_write',
        arguments: {
          repo: 'demo/ingestion',
          title: 'Flaky ingest test',
          body: 'Asked for in chat: “@demo open an issue about the flaky ingest test”',
          labels: ['bug', 'flaky'],
        },
      },
    ]);
  });

  it.each([
    [
      { text: '{"status":"executed","summary":"Created demo/ingestion#1","url":"https://x.test/1"}' },
      /^Done: Created demo\/ingestion#1 \(https:\/\/x\.test\/1\)$/,
    ],
    [{ text: 'Created demo/ingestion#1 “Denied login failed”' }, /^Done: Created/],
    [
      { text: 'Denied by @ana: not this week', isError: true },
      /not approved, so nothing was changed.*“Denied by @ana: not this week”/,
    ],
    [
      { text: '{"status":"denied","reason":"We have one already"}', isError: true },
      /not approved.*“We have one already”/,
    ],
    [
      { text: '{"state":"failed","reason":"422 from GitHub"}', isError: true },
      /^This failed: “422 from GitHub”/,
    ],
    [
      { text: 'Unknown: the connection broke after sending', isError: true },
      /cannot tell whether this happened/,
    ],
    [{ text: 'Expired after 24 h', isError: true }, /Nobody decided in time/],
    [{ text: 'Something else altogether', isError: true }, /reported an error: “Something else altogether”/],
  ])(
    'tells the truth about %j',
    async ({ text, isError = false }: { text: string; isError?: boolean }, told) => {
      const reply = await answerAfter('open an issue about x', { text, isError });

      expect(reply.text).toMatch(told);
      expect(reply).toMatchObject({ toolCalls: [], finish: 'stop' });
    },
  );

  it('reads issues and tells what it found', async () => {
    const asked = await ask('read issue 3 in acme/web');
    const list = [{ number: 1, title: 'Slow', state: 'open' }];
    const told = await answerAfter(
      'list issues',
      { text: JSON.stringify({ data: list }), isError: false },
      read.name,
    );

    expect(asked.toolCalls).toMatchObject([{ name: read.name, arguments: { repo: 'acme/web', number: 3 } }]);
    expect(told.text).toContain('#1 “Slow” (open)');
  });

  it('says so when no tool can do what was asked', async () => {
    const reply = await ask('open an issue about x', { tools: [read] });

    expect(reply.text).toMatch(/no tool to open an issue here, so nothing was changed/);
    expect(reply.toolCalls).toEqual([]);
  });

  it('answers what it just did from the transcript', async () => {
    const call = { id: 'c1', name: write.name, arguments: {} };
    const reply = await askAll([
      { role: 'user', text: 'open an issue about x' },
      { role: 'assistant', text: '', toolCalls: [call] },
      { role: 'tool', callId: 'c1', name: write.name, text: 'Denied by @bo: no', isError: true },
      { role: 'assistant', text: 'It was denied.', toolCalls: [] },
      { role: 'user', text: 'What did you just do?' },
    ]);

    expect(reply.text).toMatch(/I called github_issues_write.*“Denied by @bo: no”/);
    expect((await ask('what did you just do?')).text).toMatch(/^Nothing yet/);
  });

  it('goes on with what was asked before when told to continue', async () => {
    const reply = await askAll([
      { role: 'user', text: 'list issues' },
      { role: 'assistant', text: 'I stopped at the limit.', toolCalls: [] },
      { role: 'user', text: 'continue' },
    ]);

    expect(reply.toolCalls).toMatchObject([{ name: read.name }]);
  });

  it('recalls a decision that its instructions hold', async () => {
    const instructions =
      'You help.\nWhat the team decided:\n- We use Redis only for queues, never as a store.';

    expect((await ask('what did we decide about Redis?', { instructions })).text).toContain(
      '“We use Redis only for queues',
    );
    expect((await ask('what did we decide about Kafka?', { instructions })).text).toBe(
      'I remember nothing about Kafka.',
    );
  });

  it('summarizes what it is given', async () => {
    const text =
      'summarize: The ingest test fails on Mondays. It waits for a slow disk. We will retry it. Nobody minds.';

    expect((await ask(text)).text).toBe(
      'In short (of 18 words): The ingest test fails on Mondays. It waits for a slow disk.',
    );
  });

  it('says what to try when it understands nothing', async () => {
    expect((await ask('good morning')).text).toContain('open an issue about');
  });

  it('spends a budget of half a dollar on the expensive investigation, reading only', async () => {
    const price = simulatedPrice();
    const messages: ChatMessage[] = [{ role: 'user', text: 'run an expensive investigation' }];
    let spent = 0;
    let steps = 0;
    while (spent < 500_000 && steps < 100) {
      const reply = await askAll(messages, { maxOutputTokens: 4_096 });
      spent += reply.usage === null ? 0 : costOf(reply.usage, price);
      steps += 1;
      expect(reply.toolCalls).toMatchObject([{ name: read.name }]);
      messages.push({ role: 'assistant', ...reply });
      for (const { id, name } of reply.toolCalls)
        messages.push({ role: 'tool', callId: id, name, text: '[]', isError: false });
    }

    expect(spent).toBeGreaterThanOrEqual(500_000);
    expect(steps).toBeLessThanOrEqual(8);
  });

  it.each(['good morning', 'open an issue about x', 'run an expensive investigation'])(
    'never costs more than the reservation: %s',
    async (text) => {
      const price = simulatedPrice();
      const request = modelRequest({
        messages: [{ role: 'user', text }],
        tools: [write, read],
        maxOutputTokens: 2_000,
      });
      const { usage } = await new SimulatedModel().reply(request);
      if (price === null || usage === null)
        throw new Error('The simulated model has a price and reports usage');

      expect(costOf(usage, price)).toBeGreaterThan(0);
      expect(costOf(usage, price)).toBeLessThanOrEqual(
        upperBound({ requestBytes: requestBytes(request), maxOutputTokens: 2_000 }, price),
      );
    },
  );

  it('replies the same to the same request', async () => {
    expect(await ask('open an issue about x')).toEqual(await ask('open an issue about x'));
  });

  it('is cut off by the token limit and loses its call then', async () => {
    const reply = await ask('open an issue about x', { maxOutputTokens: 5 });

    expect(reply).toMatchObject({ finish: 'length', toolCalls: [], usage: { output: 5 } });
    expect(reply.text).toBe('I will open “X” ');
  });

  it('streams exactly its text in small pieces', async () => {
    const pieces: string[] = [];
    const reply = await ask('good morning', { onText: (piece) => pieces.push(piece) });

    expect(pieces.join('')).toBe(reply.text);
    expect(pieces.length).toBeGreaterThan(5);
  });

  it('stops between two pieces when it is told to', async () => {
    const stop = new AbortController();
    const model = new SimulatedModel({ paceMs: 60_000 });
    const asked = model.reply(modelRequest({ signal: stop.signal }));
    stop.abort();

    await expect(asked).rejects.toMatchObject({ name: 'ModelError', reason: 'aborted' });
    await expect(model.reply(modelRequest({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      reason: 'aborted',
      options: { notBilled: true },
    });
  });
});

function simulatedPrice(): ModelPrice {
  const price = priceOf('sim/demo');
  if (price === null) throw new Error('The simulated model has a price');
  return price;
}

function ask(text: string, about: Partial<ModelRequest> = {}): Promise<ModelReply> {
  return askAll([{ role: 'user', text }], about);
}

function askAll(messages: readonly ChatMessage[], about: Partial<ModelRequest> = {}): Promise<ModelReply> {
  return new SimulatedModel().reply(
    modelRequest({ messages: [...messages], tools: [write, read], ...about }),
  );
}

function answerAfter(
  text: string,
  result: { text: string; isError: boolean },
  name: string = write.name,
): Promise<ModelReply> {
  return askAll([
    { role: 'user', text },
    { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name, arguments: {} }] },
    { role: 'tool', callId: 'c1', name, ...result },
  ]);
}
