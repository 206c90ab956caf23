import type { MicroUsd } from '@openloop/kernel';

import type { ModelName } from './model.js';
import { splitModelName } from './model-name.js';

/** Micro-dollars per million tokens of each kind. */
export interface PriceTier {
  input: MicroUsd;
  output: MicroUsd;
  cacheRead: MicroUsd;
  cacheWrite: MicroUsd;
}

export interface ModelPrice extends PriceTier {
  /** The tier of the whole request, output included, once its input exceeds `above` tokens. */
  longContext?: PriceTier & { above: number };
  /** Nobody is billed: shown as simulated, never summed with real spend. */
  simulated?: true;
}

export interface PriceTable {
  /** The day the prices were read, `YYYY-MM-DD`. */
  asOf: string;
  models: Readonly<Record<ModelName, ModelPrice>>;
}

const FREE: ModelPrice = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const MICROS_PER_USD = 1_000_000;

/** Dollars per million tokens as the price lists print them; a cache write costs as input where not listed. */
function usd(input: number, output: number, cacheRead: number, cacheWrite = input): PriceTier {
  const micros = (amount: number) => Math.round(amount * MICROS_PER_USD);
  return {
    input: micros(input),
    output: micros(output),
    cacheRead: micros(cacheRead),
    cacheWrite: micros(cacheWrite),
  };
}

/** OpenAI, above 272,000 input tokens: twice the input, one and a half times the output. */
function withLongContext(price: PriceTier): ModelPrice {
  const longContext = {
    above: 272_000,
    input: price.input * 2,
    output: price.output * 1.5,
    cacheRead: price.cacheRead * 2,
    cacheWrite: price.cacheWrite * 2,
  };
  return { ...price, longContext };
}

const SONNET_WITH_LONG_CONTEXT: ModelPrice = {
  ...usd(3, 15, 0.3, 3.75),
  longContext: { above: 200_000, ...usd(6, 22.5, 0.6, 7.5) },
};
const GEMINI_3_PRO: ModelPrice = {
  ...usd(2, 12, 0.2),
  longContext: { above: 200_000, ...usd(4, 18, 0.4) },
};
const SONNET = usd(3, 15, 0.3, 3.75);
const OPUS = usd(5, 25, 0.5, 6.25);
const EARLY_OPUS = usd(15, 75, 1.5, 18.75);

/** List prices of the standard tier. An operator's own prices replace them model by model, see `withPrices`. */
export const builtInPrices: PriceTable = {
  asOf: '2026-06-30',
  models: {
    'openai/gpt-4o': usd(2.5, 10, 1.25),
    'openai/gpt-4o-2024-05-13': usd(5, 15, 5),
    'openai/gpt-4o-mini': usd(0.15, 0.6, 0.075),
    'openai/gpt-4.1': usd(2, 8, 0.5),
    'openai/gpt-4.1-mini': usd(0.4, 1.6, 0.1),
    'openai/gpt-4.1-nano': usd(0.1, 0.4, 0.025),
    'openai/o3': usd(2, 8, 0.5),
    'openai/o4-mini': usd(1.1, 4.4, 0.275),
    'openai/gpt-5': usd(1.25, 10, 0.125),
    'openai/gpt-5-mini': usd(0.25, 2, 0.025),
    'openai/gpt-5-nano': usd(0.05, 0.4, 0.005),
    'openai/gpt-5-codex': usd(1.25, 10, 0.125),
    'openai/gpt-5-pro': usd(15, 120, 15),
    'openai/gpt-5.1': usd(1.25, 10, 0.125),
    'openai/gpt-5.2': usd(1.75, 14, 0.175),
    'openai/gpt-5.4': withLongContext(usd(2.5, 15, 0.25)),
    'openai/gpt-5.4-mini': usd(0.75, 4.5, 0.075),
    'openai/gpt-5.4-nano': usd(0.2, 1.25, 0.02),
    'openai/gpt-5.5': withLongContext(usd(5, 30, 0.5)),
    'anthropic/claude-haiku-4-5': usd(1, 5, 0.1, 1.25),
    'anthropic/claude-sonnet-4-0': SONNET_WITH_LONG_CONTEXT,
    'anthropic/claude-sonnet-4': SONNET_WITH_LONG_CONTEXT,
    'anthropic/claude-sonnet-4-5': SONNET_WITH_LONG_CONTEXT,
    'anthropic/claude-sonnet-4-6': SONNET,
    'anthropic/claude-opus-4-0': EARLY_OPUS,
    'anthropic/claude-opus-4': EARLY_OPUS,
    'anthropic/claude-opus-4-1': EARLY_OPUS,
    'anthropic/claude-opus-4-5': OPUS,
    'anthropic/claude-opus-4-6': OPUS,
    'anthropic/claude-opus-4-7': OPUS,
    'anthropic/claude-opus-4-8': OPUS,
    'gemini/gemini-3.5-flash': usd(1.5, 9, 0.15),
    'gemini/gemini-3.1-pro-preview': GEMINI_3_PRO,
    'gemini/gemini-3-pro-preview': GEMINI_3_PRO,
    'gemini/gemini-3-flash-preview': usd(0.5, 3, 0.05),
    'gemini/gemini-3.1-flash-lite': usd(0.25, 1.5, 0.025),
    'gemini/gemini-3.1-flash-lite-preview': usd(0.25, 1.5, 0.025),
    'gemini/gemini-2.5-pro': {
      ...usd(1.25, 10, 0.125),
      longContext: { above: 200_000, ...usd(2.5, 15, 0.25) },
    },
    'gemini/gemini-2.5-flash': usd(0.3, 2.5, 0.03),
    'gemini/gemini-2.5-flash-lite': usd(0.1, 0.4, 0.01),
    'sim/demo': { ...usd(2.5, 25, 0.25), simulated: true },
  },
};

/** `table` with the operator's prices in place of, and beside, its own. */
export function withPrices(table: PriceTable, own: PriceTable): PriceTable {
  return { asOf: own.asOf, models: { ...table.models, ...own.models } };
}

/**
 * What a model costs, or `null` when we do not know: a run on it must then be refused, never counted as free.
 * `ollama/…` runs on the operator's own machine and costs nothing. A dated snapshot (`gpt-4o-2024-11-20`) costs
 * as the model it is of, unless it is listed itself.
 */
export function priceOf(name: ModelName, table: PriceTable = builtInPrices): ModelPrice | null {
  return listed(name, table) ?? listed(withoutDate(name), table) ?? (isLocal(name) ? FREE : null);
}

function listed(name: ModelName, { models }: PriceTable): ModelPrice | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}

function isLocal(name: ModelName): boolean {
  return splitModelName(name).provider === 'ollama';
}

function withoutDate(name: ModelName): ModelName {
  // The pattern is anchored at the end and cannot eat the slash, so the name keeps its shape.
  return name.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2})$/, '') as ModelName;
}
