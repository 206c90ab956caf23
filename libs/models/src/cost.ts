import { AppError, type MicroUsd } from '@openloop/kernel';

import type { ModelRequest, TokenUsage } from './model.js';
import type { ModelPrice, PriceTier } from './prices.js';
import { isPossible } from './usage.js';

/** What providers add to a request around our text: role markers, the preamble that explains tools. */
const OVERHEAD_TOKENS = 2_000;
const TOKENS_PER_PRICE = 1_000_000n;

/** The part of a request that is billed as input. */
export type BilledRequest = Pick<ModelRequest, 'instructions' | 'messages' | 'tools'>;

/** UTF-8 bytes of the serialised request. A token of a byte-level tokenizer is at least one byte. */
export function requestBytes({ instructions, messages, tools }: BilledRequest): number {
  return Buffer.byteLength(JSON.stringify({ instructions, messages, tools }));
}

/**
 * What a reply cost, rounded up to a whole micro-dollar.
 * @throws AppError `bug` for counts that no reply can have; see `usageOrNull`.
 */
export function costOf(usage: TokenUsage, price: ModelPrice): MicroUsd {
  if (!isPossible(usage)) throw new AppError('bug', 'models.usage_range', 'Token counts are out of range');

  const { longContext } = price;
  const tier: PriceTier = longContext && usage.input > longContext.above ? longContext : price;
  return microsOf([
    [usage.input - usage.cacheRead - usage.cacheWrite, tier.input],
    [usage.cacheRead, tier.cacheRead],
    [usage.cacheWrite, tier.cacheWrite],
    [usage.output, tier.output],
  ]);
}

/**
 * The most one request can cost: every byte a token, each at the dearest price input can have, and an answer
 * of full length. `costOf` never exceeds it for a provider that keeps to `maxOutputTokens`.
 */
export function upperBound(
  { requestBytes: bytes, maxOutputTokens }: { requestBytes: number; maxOutputTokens: number },
  price: ModelPrice,
): MicroUsd {
  const { input, output } = dearest(bytes, price);
  return microsOf([
    [bytes + OVERHEAD_TOKENS, input],
    [maxOutputTokens, output],
  ]);
}

/** The longest answer whose `upperBound` still fits in `leftMicros`; 0 when not even the request does. */
export function affordableOutputTokens(leftMicros: MicroUsd, bytes: number, price: ModelPrice): number {
  const { input, output } = dearest(bytes, price);
  const left = BigInt(leftMicros) * TOKENS_PER_PRICE - BigInt(bytes + OVERHEAD_TOKENS) * BigInt(input);
  if (left < 0n) return 0;
  if (output === 0) return Number.MAX_SAFE_INTEGER;
  return Number(left / BigInt(output));
}

/** The highest prices a request of so many bytes can meet, over cache kinds and tiers. */
function dearest(bytes: number, price: ModelPrice): { input: MicroUsd; output: MicroUsd } {
  const { longContext } = price;
  const tiers: PriceTier[] =
    longContext && bytes + OVERHEAD_TOKENS > longContext.above ? [price, longContext] : [price];
  return {
    input: Math.max(...tiers.flatMap((tier) => [tier.input, tier.cacheRead, tier.cacheWrite])),
    output: Math.max(...tiers.map((tier) => tier.output)),
  };
}

function microsOf(parts: readonly (readonly [tokens: number, price: MicroUsd])[]): MicroUsd {
  const exact = parts.reduce((sum, [tokens, price]) => sum + BigInt(tokens) * BigInt(price), 0n);
  return Number((exact + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE);
}
