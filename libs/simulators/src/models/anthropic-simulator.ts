import type { ServerResponse } from 'node:http';

import { listen, sendJson, type ListenOptions, type Loopback, type WireRequest } from '../loopback.js';
import { anthropicMessages } from './anthropic-messages.js';
import { ModelLedger } from './model-ledger.js';
import { ModelServer } from './model-server.js';
import type { ModelSimulatorOptions } from './openai-simulator.js';
import { WireRefusal } from './turn.js';
import { randomId } from './wire-ids.js';

/** Anthropic on the loopback: `POST /v1/messages`. A client's base URL is `${url}/v1`. */
export class AnthropicSimulator {
  readonly ledger = new ModelLedger();
  readonly #keys: readonly string[] | undefined;
  readonly #server: ModelServer;

  constructor(options: ModelSimulatorOptions) {
    this.#keys = options.keys;
    this.#server = new ModelServer({
      brain: options.brain,
      ledger: this.ledger,
      now: options.now ?? (() => new Date()),
      models: options.models ?? null,
      headers: () => ({ 'request-id': randomId('req_011', 21) }),
      gate: (request) => this.#gate(request),
    });
  }

  start(options?: ListenOptions): Promise<Loopback> {
    return listen((request, response) => this.#serve(request, response), options);
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    if (request.method === 'POST' && request.path === '/v1/messages') {
      return this.#server.serve(anthropicMessages, request, response);
    }
    sendJson(response, {
      status: 404,
      body: anthropicMessages.errorBody({ status: 404, message: 'Not found' }),
    });
  }

  #gate({ headers }: WireRequest): WireRefusal | null {
    const key = headers['x-api-key'];
    if (typeof key !== 'string' || key === '') return new WireRefusal(401, 'x-api-key header is required');
    if (this.#keys && !this.#keys.includes(key)) return new WireRefusal(401, 'invalid x-api-key');
    if (headers['anthropic-version'] === undefined) {
      return new WireRefusal(400, 'anthropic-version: header is required');
    }
    return null;
  }
}
