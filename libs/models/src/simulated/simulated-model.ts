import { setTimeout as pause } from 'node:timers/promises';

import type { ToolCall } from '@openloop/kernel';

import { requestBytes } from '../cost.js';
import type { Model, ModelReply, ModelRequest, TokenUsage } from '../model.js';
import { stopped } from '../stopped.js';
import { planReply, type Plan } from './plan.js';

const BYTES_PER_TOKEN = 4;
/** What one step of the expensive investigation reports, as far as the request allows that many. */
const EXPENSIVE_OUTPUT = 8_192;

/**
 * `sim/demo`: replies by fixed rules, the same to the same request, without a network. It reports token counts
 * like a provider, derived from the lengths of the texts, so that budgets and usage can be seen at work.
 */
export class SimulatedModel implements Model {
  readonly #paceMs: number;

  /** `paceMs`: the pause between two pieces of streamed text; 0 (the default) sends them at once. */
  constructor({ paceMs = 0 }: { paceMs?: number } = {}) {
    this.#paceMs = paceMs;
  }

  async reply(request: ModelRequest): Promise<ModelReply> {
    if (request.signal.aborted) throw stopped(request.signal, { notBilled: true });

    const reply = cutToLimit(planReply(request), request);
    await this.#stream(reply.text, request);
    return reply;
  }

  async #stream(text: string, { onText, signal }: ModelRequest): Promise<void> {
    for (const piece of text.match(/\s*\S+\s*/g) ?? []) {
      if (this.#paceMs > 0) await paced(this.#paceMs, signal);
      onText?.(piece);
    }
  }
}

async function paced(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch {
    throw stopped(signal, { notBilled: false });
  }
}

/** Keeps to `maxOutputTokens` as a provider does: a longer reply is cut and its calls are lost. */
function cutToLimit(plan: Plan, request: ModelRequest): ModelReply {
  const { text, toolCalls } = plan;
  const usage = usageOf(plan, request);
  if (tokensOf(text) + tokensOfCalls(toolCalls) > request.maxOutputTokens) {
    const kept = cutToTokens(text, request.maxOutputTokens);
    return {
      text: kept,
      toolCalls: [],
      usage: { ...usage, output: request.maxOutputTokens },
      finish: 'length',
    };
  }
  return { text, toolCalls, usage, finish: toolCalls.length > 0 ? 'tool_calls' : 'stop' };
}

function usageOf({ text, toolCalls, isExpensive }: Plan, request: ModelRequest): TokenUsage {
  const bytes = requestBytes(request);
  if (isExpensive) {
    const output = Math.min(EXPENSIVE_OUTPUT, request.maxOutputTokens);
    return { input: bytes, output, cacheRead: 0, cacheWrite: 0 };
  }
  const output = tokensOf(text) + tokensOfCalls(toolCalls);
  return { input: Math.ceil(bytes / BYTES_PER_TOKEN), output, cacheRead: 0, cacheWrite: 0 };
}

function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

function tokensOfCalls(calls: readonly ToolCall[]): number {
  return calls.reduce((sum, { name, arguments: args }) => sum + tokensOf(name + JSON.stringify(args)), 0);
}

function cutToTokens(text: string, tokens: number): string {
  // A character that was cut in half is dropped, not shown as a replacement character.
  return Buffer.from(text)
    .subarray(0, tokens * BYTES_PER_TOKEN)
    .toString()
    .replace(/\uFFFD$/, '');
}
