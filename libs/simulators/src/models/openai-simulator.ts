import type { ServerResponse } from 'node:http';

import { listen, sendJson, type ListenOptions, type Loopback, type WireRequest } from '../loopback.js';
import { bearerKey } from './bearer-key.js';
import type { Brain } from './brain.js';
import { ModelLedger } from './model-ledger.js';
import { ModelServer } from './model-server.js';
import { openAiChat } from './openai-chat.js';
import { openAiError } from './openai-errors.js';
import { openAiResponses } from './openai-responses.js';
import { WireRefusal } from './turn.js';
import { hexId } from './wire-ids.js';

export interface ModelSimulatorOptions {
  brain: Brain;
  /** API keys that are accepted. Without: any key, but there must be one. */
  keys?: readonly string[];
  /** Models that exist. Without: every name does. */
  models?: readonly string[];
  now?: () => Date;
}

const LISTED_WITHOUT_MODELS = ['gpt-4o-mini', 'gpt-5.4-mini'];

/**
 * OpenAI on the loopback: `POST /v1/chat/completions`, `POST /v1/responses`, `GET /v1/models`.
 * A client's base URL is `${url}/v1`.
 */
export class OpenAiSimulator {
  readonly ledger = new ModelLedger();
  readonly #options: ModelSimulatorOptions;
  readonly #server: ModelServer;
  readonly #responses = openAiResponses();

  constructor(options: ModelSimulatorOptions) {
    this.#options = options;
    this.#server = new ModelServer({
      brain: options.brain,
      ledger: this.ledger,
      now: options.now ?? (() => new Date()),
      models: options.models ?? null,
      headers: () => ({ 'x-request-id': hexId('req_', 32), 'openai-version': '2020-10-01' }),
      gate: (request) => this.#gate(request),
    });
  }

  start(options?: ListenOptions): Promise<Loopback> {
    return listen((request, response) => this.#serve(request, response), options);
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.path}`) {
      case 'POST /v1/chat/completions':
        return this.#server.serve(openAiChat, request, response);
      case 'POST /v1/responses':
        return this.#server.serve(this.#responses, request, response);
      case 'GET /v1/models':
        return this.#listModels(request, response);
      default:
        return refuse(response, new WireRefusal(404, `Invalid URL (${request.method} ${request.path})`));
    }
  }

  #listModels(request: WireRequest, response: ServerResponse): void {
    const refused = this.#gate(request);
    if (refused) return refuse(response, refused);
    const models = this.#options.models ?? LISTED_WITHOUT_MODELS;
    const list = models.map((id) => ({ id, object: 'model', created: 1_715_367_049, owned_by: 'system' }));
    sendJson(response, { status: 200, body: { object: 'list', data: list } });
  }

  #gate(request: WireRequest): WireRefusal | null {
    const key = bearerKey(request);
    if (key === undefined) {
      const how = 'You need to provide your API key in an Authorization header using Bearer auth.';
      return new WireRefusal(401, `You didn't provide an API key. ${how}`);
    }
    if (this.#options.keys && !this.#options.keys.includes(key)) {
      return new WireRefusal(401, `Incorrect API key provided: ${key.slice(0, 3)}****${key.slice(-4)}.`);
    }
    return null;
  }
}

function refuse(response: ServerResponse, { status, message }: WireRefusal): void {
  sendJson(response, { status, body: openAiError({ status, message }) });
}
