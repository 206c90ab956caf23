import { describe, expect, it } from '@jest/globals';

import { affordableOutputTokens, costOf, requestBytes, upperBound } from './cost.js';
import type { ModelName, TokenUsage } from './model.js';
import { builtInPrices, priceOf, type ModelPrice } from './prices.js';
import { modelRequest, tokenUsage } from './testing/builders.js';

/** The same sequence on every machine, so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function known(name: ModelName): ModelPrice {
  const price = priceOf(name);
  if (price === null) throw new Error(`${name} has no price`);
  return price;
}

describe('costOf', () => {
  it('charges each kind of token at its own price and rounds up', () => {
    const usage = tokenUsage({ input: 1_000, output: 100, cacheRead: 600, cacheWrite: 300 });

    // 100 × 3 + 600 × 0.3 + 300 × 3.75 + 100 × 15
    expect(costOf(usage, known('anthropic/claude-sonnet-4-6'))).toBe(3_105);
    expect(costOf(tokenUsage({ input: 1, output: 0 }), known('openai/gpt-4o-mini'))).toBe(1);
    expect(costOf(tokenUsage({ input: 0, output: 0 }), known('openai/gpt-4o-mini'))).toBe(0);
  });

  it('charges the whole request at the long-context prices once its input is beyond the border', () => {
    const price = known('anthropic/claude-sonnet-4-5');

    expect(costOf(tokenUsage({ input: 200_000, output: 1_000 }), price)).toBe(615_000);
    expect(costOf(tokenUsage({ input: 200_001, output: 1_000 }), price)).toBe(1_222_506);
  });

  it.each([{ input: -1 }, { output: Number.NaN }, { input: 1.5 }, { input: 10, cacheRead: 11 }])(
    'refuses counts that no reply can have: %j',
    (odd) => {
      expect(() => costOf(tokenUsage(odd), known('openai/gpt-4o'))).toThrow('Token counts are out of range');
    },
  );

  it('stays exact where floating point would not', () => {
    const price = { input: 75_000_001, output: 0, cacheRead: 0, cacheWrite: 0 };

    expect(costOf(tokenUsage({ input: 1_000_000_007, output: 0 }), price)).toBe(75_000_001_526);
  });
});

describe('upperBound', () => {
  it.each(Object.keys(builtInPrices.models) as ModelName[])(
    'is never below what a reply can cost: %s',
    (name) => {
      const price = known(name);
      const random = seeded(7);
      for (let round = 0; round < 500; round += 1) {
        const bytes = random(round % 2 === 0 ? 3_000 : 600_000);
        const maxOutputTokens = random(9_000);

        const cost = costOf(usageWithin(random, bytes, maxOutputTokens), price);

        expect(upperBound({ requestBytes: bytes, maxOutputTokens }, price)).toBeGreaterThanOrEqual(cost);
      }
    },
  );

  it('is met exactly by the dearest reply there can be', () => {
    const price = known('anthropic/claude-sonnet-4-5');
    const usage = { input: 300_000, output: 500, cacheRead: 0, cacheWrite: 300_000 };

    expect(upperBound({ requestBytes: 298_000, maxOutputTokens: 500 }, price)).toBe(costOf(usage, price));
  });
});

describe('affordableOutputTokens', () => {
  it('gives the longest answer that still fits, and not one token more', () => {
    const random = seeded(11);
    const price = known('openai/gpt-5.4');
    for (let round = 0; round < 500; round += 1) {
      const bytes = random(400_000);
      const left = random(3_000_000);
      const tokens = affordableOutputTokens(left, bytes, price);
      const bound = (maxOutputTokens: number) => upperBound({ requestBytes: bytes, maxOutputTokens }, price);

      if (tokens > 0) expect(bound(tokens)).toBeLessThanOrEqual(left);
      expect(bound(tokens + 1)).toBeGreaterThan(left);
    }
  });

  it('gives none when the request alone is too dear', () => {
    expect(affordableOutputTokens(10, 10_000, known('openai/gpt-4o'))).toBe(0);
  });

  it('knows no limit where output is free', () => {
    expect(affordableOutputTokens(0, 10_000, known('ollama/llama3'))).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('requestBytes', () => {
  it('counts bytes, not characters, of all that is sent', () => {
    const ascii = requestBytes(modelRequest({ instructions: 'e'.repeat(100) }));
    const accents = requestBytes(modelRequest({ instructions: 'é'.repeat(100) }));

    expect(accents - ascii).toBe(100);
  });

  it('grows with every message, call, result and tool', () => {
    const call = { id: 'c1', name: 'x', arguments: { long: 'y'.repeat(500) } };
    const plain = requestBytes(modelRequest());
    const withCall = modelRequest({
      messages: [
        ...modelRequest().messages,
        { role: 'assistant', text: '', toolCalls: [call], providerData: { signature: 'z'.repeat(200) } },
        { role: 'tool', callId: 'c1', name: 'x', text: 'r'.repeat(300), isError: false },
      ],
    });

    expect(requestBytes(withCall)).toBeGreaterThan(plain + 1_000);
  });
});

function usageWithin(random: (below: number) => number, bytes: number, maxOutputTokens: number): TokenUsage {
  const input = random(bytes + 2_000 + 1);
  const cacheRead = random(input + 1);
  const cacheWrite = random(input - cacheRead + 1);
  return { input, output: random(maxOutputTokens + 1), cacheRead, cacheWrite };
}
