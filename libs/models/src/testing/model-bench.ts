import type { Model, ModelName, TokenUsage } from '../model.js';

/** What the far end of the wire does with the next request, in words that every provider has. */
export type ProviderTurn =
  | { kind: 'text'; text: string; usage?: TokenUsage | null; finish?: 'length' }
  | { kind: 'call'; name: string; arguments: unknown; text?: string; finish?: 'length' }
  | { kind: 'malformed_call'; name: string; rawArguments: string }
  | { kind: 'failure'; status: number; retryAfterSeconds?: number }
  | { kind: 'cut'; manner: 'reset' | 'early_end' | 'error_first' | 'error_later'; text: string }
  | { kind: 'silence' };

/** An adapter and the provider it talks to, for the contract. */
export interface ModelBench {
  model: Model;
  /** A name that `model` answers to. */
  name: ModelName;
  /** The same adapter for an address where nobody listens. */
  unreachable: Model;
  /** What becomes of a reply without usage: `null` in its place, or a broken reply where the wire demands it. */
  withoutUsage: 'null' | 'broken';
  /** `usage: null` makes the provider send none. */
  next(turn: ProviderTurn): void;
  /** Requests that reached the provider, each as its JSON text, oldest first. */
  requests(): readonly string[];
  close(): Promise<void>;
}
