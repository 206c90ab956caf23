import { describe, expect, it } from '@jest/globals';

import type { ModelName } from './model.js';
import { builtInPrices, priceOf, withPrices } from './prices.js';

describe('priceOf', () => {
  it('knows the price of a listed model, in micro-dollars per million tokens', () => {
    expect(priceOf('openai/gpt-4o-mini')).toEqual({
      input: 150_000,
      output: 600_000,
      cacheRead: 75_000,
      cacheWrite: 150_000,
    });
    expect(priceOf('anthropic/claude-sonnet-4-6')).toMatchObject({ input: 3_000_000, cacheWrite: 3_750_000 });
  });

  it('says that it does not know, never that a model is free', () => {
    expect(priceOf('openai/gpt-99')).toBeNull();
    expect(priceOf('openrouter/anthropic/claude-sonnet-4-6')).toBeNull();
    expect(priceOf('openai/toString')).toBeNull();
    expect(priceOf('toString' as ModelName)).toBeNull();
  });

  it('prices a dated snapshot as the model it is of, unless it has a price of its own', () => {
    expect(priceOf('anthropic/claude-sonnet-4-5-20250929')).toEqual(priceOf('anthropic/claude-sonnet-4-5'));
    expect(priceOf('openai/gpt-4o-2024-11-20')).toEqual(priceOf('openai/gpt-4o'));
    expect(priceOf('openai/gpt-4o-2024-05-13')).toMatchObject({ input: 5_000_000, output: 15_000_000 });
  });

  it('counts a model on the operator’s own machine as free', () => {
    expect(priceOf('ollama/llama3.3:70b')).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 });
  });

  it('marks the simulated model, and only it, as simulated', () => {
    const simulated = Object.entries(builtInPrices.models).filter(([, price]) => price.simulated);

    expect(simulated.map(([name]) => name)).toEqual(['sim/demo']);
  });

  it('lists only whole, positive prices, dearer beyond a long context', () => {
    for (const [name, price] of Object.entries(builtInPrices.models)) {
      const tiers = [price, ...(price.longContext ? [price.longContext] : [])];
      for (const { input, output, cacheRead, cacheWrite } of tiers) {
        expect({ name, whole: [input, output, cacheRead, cacheWrite].every(Number.isSafeInteger) }).toEqual({
          name,
          whole: true,
        });
        expect(Math.min(input, output, cacheRead, cacheWrite)).toBeGreaterThan(0);
      }
      if (price.longContext) expect(price.longContext.input).toBeGreaterThan(price.input);
    }
  });

  it('takes the operator’s prices in place of the built-in ones', () => {
    const own = { input: 1, output: 2, cacheRead: 1, cacheWrite: 1 };
    const table = withPrices(builtInPrices, {
      asOf: '2026-11-01',
      models: { 'openai/gpt-4o': own, 'acme/big': own },
    });

    expect(priceOf('openai/gpt-4o', table)).toEqual(own);
    expect(priceOf('acme/big', table)).toEqual(own);
    expect(priceOf('openai/gpt-4o-mini', table)).toEqual(priceOf('openai/gpt-4o-mini'));
    expect(table.asOf).toBe('2026-11-01');
  });
});
