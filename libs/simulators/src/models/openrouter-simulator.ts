import type { ServerResponse } from 'node:http';

import { listen, sendJson, type ListenOptions, type Loopback, type WireRequest } from '../loopback.js';
import { bearerKey } from './bearer-key.js';
import { ModelLedger } from './model-ledger.js';
import { ModelServer } from './model-server.js';
import type { ModelSimulatorOptions } from './openai-simulator.js';
import { openRouterChat, openRouterError } from './openrouter-chat.js';
import { WireRefusal } from './turn.js';

const LISTED_WITHOUT_MODELS = ['anthropic/claude-sonnet-4.6', 'openai/gpt-5.4-mini'];

/**
 * OpenRouter on the loopback: `POST /api/v1/chat/completions`, `GET /api/v1/models`.
 * A client's base URL is `${url}/api/v1`.
 */
export class OpenRouterSimulator {
  readonly ledger = new ModelLedger();
  readonly #options: ModelSimulatorOptions;
  readonly #server: ModelServer;

  constructor(options: ModelSimulatorOptions) {
    this.#options = options;
    this.#server = new ModelServer({
      brain: options.brain,
      ledger: this.ledger,
      now: options.now ?? (() => new Date()),
      models: options.models ?? null,
      headers: () => ({}),
      gate: (request) => this.#gate(request),
    });
  }

  start(options?: ListenOptions): Promise<Loopback> {
    return listen((request, response) => this.#serve(request, response), options);
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.path}`) {
      case 'POST /api/v1/chat/completions':
        return this.#server.serve(openRouterChat, request, response);
      case 'GET /api/v1/models':
        return this.#listModels(response);
      default:
        sendJson(response, { status: 404, body: openRouterError({ status: 404, message: 'Not Found' }) });
    }
  }

  /** Open to everyone, without a key. */
  #listModels(response: ServerResponse): void {
    const models = this.#options.models ?? LISTED_WITHOUT_MODELS;
    const data = models.map((id) => ({ id, name: id, created: 1_715_367_049, context_length: 200_000 }));
    sendJson(response, { status: 200, body: { data } });
  }

  #gate(request: WireRequest): WireRefusal | null {
    const key = bearerKey(request);
    if (key === undefined) return new WireRefusal(401, 'No auth credentials found');
    const isKnown = this.#options.keys?.includes(key) ?? true;
    return isKnown ? null : new WireRefusal(401, 'User not found.');
  }
}
