import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ModelError, type ChatMessage, type ModelReply, type ModelRequest } from '../model.js';
import { modelRequest, tokenUsage, toolDefinition } from './builders.js';
import type { ModelBench } from './model-bench.js';

/** Both ways to ask: with someone listening to each piece, and without. */
const WAYS = [{ way: 'streamed' }, { way: 'at once' }] as const;

type Way = (typeof WAYS)[number]['way'];

/** What every implementation of `Model` over a network must do. Called once per implementation. */
export function modelContract(name: string, open: () => Promise<ModelBench>): void {
  describe.each(WAYS)(`${name} keeps the model contract, $way`, ({ way }) => {
    let bench: ModelBench;

    beforeAll(async () => {
      bench = await open();
    });

    afterAll(() => bench.close());

    const ask = (about: Partial<ModelRequest> = {}): Promise<ModelReply> =>
      bench.model.reply(requestFor(bench, way, about));

    repliesContract(() => bench, ask, way);
    failuresContract(() => bench, ask);
    endingsContract(() => bench, ask);
    brokenRepliesContract(() => bench, ask, way);
    emptyRepliesContract(() => bench, ask);
  });
}

type Ask = (about?: Partial<ModelRequest>) => Promise<ModelReply>;

function requestFor(bench: ModelBench, way: Way, about: Partial<ModelRequest>): ModelRequest {
  const listening = way === 'streamed' ? { onText: () => undefined } : {};
  return modelRequest({ model: bench.name, ...listening, ...about });
}

function repliesContract(bench: () => ModelBench, ask: Ask, way: Way): void {
  it('gives back the text and sends the instructions, the message and the limit', async () => {
    bench().next({ kind: 'text', text: 'Good morning, all of you.' });

    const reply = await ask({
      instructions: 'Be brief.',
      messages: [{ role: 'user', text: 'Say hello' }],
      maxOutputTokens: 321,
    });

    expect(reply).toMatchObject({ text: 'Good morning, all of you.', toolCalls: [], finish: 'stop' });
    const sent = bench().requests().at(-1);
    expect(sent).toContain('Be brief.');
    expect(sent).toContain('Say hello');
    expect(sent).toContain('321');
  });

  it('asks for a tool and takes its result back', async () => {
    const tool = toolDefinition();
    const user: ChatMessage = { role: 'user', text: 'Open an issue' };
    bench().next({ kind: 'call', name: tool.name, arguments: { repo: 'acme/x', title: 'Ünïcode “quotes”' } });

    const first = await ask({ tools: [tool], messages: [user] });
    const [call] = first.toolCalls;
    bench().next({ kind: 'text', text: 'It is open.' });
    const second = await ask({
      tools: [tool],
      messages: [user, { role: 'assistant', ...first }, answerTo(call, 'Opened as #7', false)],
    });

    expect(first.finish).toBe('tool_calls');
    expect(call).toMatchObject({ name: tool.name, arguments: { repo: 'acme/x', title: 'Ünïcode “quotes”' } });
    expect(second.text).toBe('It is open.');
    expect(bench().requests().at(-1)).toContain('Opened as #7');
    expect(bench().requests().at(-1)).toContain(call?.id);
  });

  it('tells the provider of a failed call in exactly the words it was given', async () => {
    const call = { id: 'call_made_elsewhere', name: 'github_issues_write', arguments: { repo: 'acme/x' } };
    bench().next({ kind: 'text', text: 'I see.' });

    await ask({
      tools: [toolDefinition()],
      messages: [
        { role: 'user', text: 'Open an issue' },
        { role: 'assistant', text: '', toolCalls: [call] },
        answerTo(call, 'Denied by @ana: not this week', true),
      ],
    });

    expect(bench().requests().at(-1)).toContain('Denied by @ana: not this week');
  });

  it('counts cached tokens as part of the input', async () => {
    const usage = tokenUsage({ input: 1_000, output: 30, cacheRead: 600 });
    bench().next({ kind: 'text', text: 'Hello', usage });

    expect((await ask()).usage).toEqual(usage);
  });

  it('never makes up a usage that the provider did not send', async () => {
    bench().next({ kind: 'text', text: 'Hello', usage: null });

    if (bench().withoutUsage === 'null') expect((await ask()).usage).toBeNull();
    else expect(await failureOf(ask())).toMatchObject({ reason: 'broken', options: { notBilled: false } });
  });

  it('passes the text on piece by piece only to who listens', async () => {
    const pieces: string[] = [];
    const text = 'One two three four five six seven eight nine ten eleven twelve';
    bench().next({ kind: 'text', text });

    const reply = await ask(way === 'streamed' ? { onText: (piece) => pieces.push(piece) } : {});

    expect(reply.text).toBe(text);
    expect(pieces.join('')).toBe(way === 'streamed' ? text : '');
    expect(pieces.length > 1).toBe(way === 'streamed');
  });
}

function endingsContract(bench: () => ModelBench, ask: Ask): void {
  it('keeps arguments that are not JSON as the text they are', async () => {
    const tool = toolDefinition();
    bench().next({ kind: 'malformed_call', name: tool.name, rawArguments: '{"repo": "acme' });

    const reply = await ask({ tools: [tool] });

    expect(reply.toolCalls).toMatchObject([{ name: tool.name, arguments: '{"repo": "acme' }]);
  });

  it('drops the calls of a reply that the token limit cut off', async () => {
    const tool = toolDefinition();
    bench().next({ kind: 'call', name: tool.name, arguments: { repo: 'acme/x' }, finish: 'length' });

    expect(await ask({ tools: [tool] })).toMatchObject({ finish: 'length', toolCalls: [] });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    bench().next({ kind: 'silence' });

    const asked = ask({ signal: stop.signal });
    await untilAsked(bench(), bench().requests().length + 1);
    stop.abort();

    expect(await failureOf(asked)).toMatchObject({ reason: 'aborted', isTransient: false });
  });

  it('says that time was up when the signal was a deadline', async () => {
    const deadline = new AbortController();
    bench().next({ kind: 'silence' });

    const asked = ask({ signal: AbortSignal.any([deadline.signal]) });
    await untilAsked(bench(), bench().requests().length + 1);
    deadline.abort(new DOMException('The operation timed out', 'TimeoutError'));

    expect(await failureOf(asked)).toMatchObject({
      reason: 'timed_out',
      isTransient: true,
      options: { notBilled: false },
    });
  });

  it('asks nothing when it was told to stop before', async () => {
    const before = bench().requests().length;

    const failure = await failureOf(ask({ signal: AbortSignal.abort() }));

    expect(failure).toMatchObject({ reason: 'aborted', options: { notBilled: true } });
    expect(bench().requests()).toHaveLength(before);
  });
}

function brokenRepliesContract(bench: () => ModelBench, ask: Ask, way: Way): void {
  const inAnyCase = ['reset', 'early_end'] as const;
  const manners = way === 'streamed' ? ([...inAnyCase, 'error_first', 'error_later'] as const) : inAnyCase;

  it.each(manners)('never takes the first part of a reply for all of it (%s)', async (manner) => {
    const text = 'This sentence will never come to its end because the line is cut';
    bench().next({ kind: 'cut', manner, text });

    expect(await failureOf(ask())).toMatchObject({
      reason: 'broken',
      isTransient: true,
      options: { notBilled: false },
    });
  });
}

/** One word is sent in one piece, and the early end comes before the last piece: there is nothing at all. */
function emptyRepliesContract(bench: () => ModelBench, ask: Ask): void {
  it('does not take an answer without anything in it for a reply without words', async () => {
    bench().next({ kind: 'cut', manner: 'early_end', text: 'Hi' });

    expect(await failureOf(ask())).toMatchObject({ reason: 'broken', options: { notBilled: false } });
  });
}

function failuresContract(bench: () => ModelBench, ask: Ask): void {
  it.each([400, 401, 403, 404])('takes a %i as a refusal that cost nothing', async (status) => {
    bench().next({ kind: 'failure', status });

    const failure = await failureOf(ask());

    expect(failure).toMatchObject({
      reason: 'rejected',
      isTransient: false,
      options: { notBilled: true, status },
    });
  });

  it('waits as long as a 429 asks for', async () => {
    bench().next({ kind: 'failure', status: 429, retryAfterSeconds: 7 });

    expect(await failureOf(ask())).toMatchObject({
      reason: 'rate_limited',
      isTransient: true,
      options: { notBilled: true, retryAfterMs: 7_000, status: 429 },
    });
  });

  it.each([500, 503])('takes a %i as a break that may have cost something', async (status) => {
    bench().next({ kind: 'failure', status });

    expect(await failureOf(ask())).toMatchObject({
      reason: 'broken',
      isTransient: true,
      options: { notBilled: false, status },
    });
  });

  it('asks once, also after a failure that could be tried again', async () => {
    const before = bench().requests().length;
    bench().next({ kind: 'failure', status: 500 });

    await failureOf(ask());

    expect(bench().requests()).toHaveLength(before + 1);
  });

  it('knows that an address where nobody listens cost nothing', async () => {
    const request = requestFor(bench(), 'streamed', {});

    const failure = await failureOf(bench().unreachable.reply(request));

    expect(failure).toMatchObject({ reason: 'unreachable', isTransient: true, options: { notBilled: true } });
  });

  it('says nothing of the prompt in its errors', async () => {
    bench().next({ kind: 'failure', status: 500 });

    const failure = await failureOf(ask({ messages: [{ role: 'user', text: 'my-secret-prompt' }] }));

    expect(everythingIn(failure)).not.toContain('my-secret-prompt');
  });
}

function answerTo(
  call: { id: string; name: string } | undefined,
  text: string,
  isError: boolean,
): ChatMessage {
  return { role: 'tool', callId: call?.id ?? '', name: call?.name ?? '', text, isError };
}

async function failureOf(asked: Promise<ModelReply>): Promise<ModelError> {
  const outcome = await asked.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(ModelError);
  // The line above has just proven it.
  return outcome as ModelError;
}

async function untilAsked(bench: ModelBench, count: number): Promise<void> {
  while (bench.requests().length < count) await new Promise((resolve) => setImmediate(resolve));
}

/** Every text an error would show when a logger follows its properties and causes. */
function everythingIn(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 4) return String(error);
  return Reflect.ownKeys(error)
    .map((key) => everythingIn(Reflect.get(error, key), depth + 1))
    .join(' ');
}
