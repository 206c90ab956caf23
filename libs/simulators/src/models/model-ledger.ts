import type { BrainMessage, TokenCounts } from './brain.js';

/** How a request ended, seen from the provider's side. `hung`: never answered; `broken`: cut or cut short. */
export type ModelOutcome = number | 'hung' | 'broken' | 'waiting';

export interface ModelRequestEntry {
  at: Date;
  path: string;
  model: string;
  stream: boolean;
  messages: readonly BrainMessage[];
  tools: readonly string[];
  body: unknown;
  outcome: ModelOutcome;
}

export interface Bill extends TokenCounts {
  at: Date;
  model: string;
}

/** What a provider knows to be true: what it was asked and what it charged for. */
export class ModelLedger {
  #requests: ModelRequestEntry[] = [];
  #bills: Bill[] = [];

  get requests(): readonly Readonly<ModelRequestEntry>[] {
    return this.#requests;
  }

  get bills(): readonly Readonly<Bill>[] {
    return this.#bills;
  }

  /** Everything charged so far, or for one model. */
  billed(model?: string): TokenCounts {
    const sum = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    for (const bill of this.#bills) {
      if (model !== undefined && bill.model !== model) continue;
      sum.input += bill.input;
      sum.output += bill.output;
      sum.cacheRead += bill.cacheRead;
      sum.cacheWrite += bill.cacheWrite;
      sum.reasoning += bill.reasoning;
    }
    return sum;
  }

  /** Forgets everything; for long benches. */
  clear(): void {
    this.#requests = [];
    this.#bills = [];
  }

  /** For the simulator. The entry is filled in as the exchange goes on. */
  open(entry: ModelRequestEntry): ModelRequestEntry {
    this.#requests.push(entry);
    return entry;
  }

  /** For the simulator. */
  charge(bill: Bill): void {
    this.#bills.push(bill);
  }
}
