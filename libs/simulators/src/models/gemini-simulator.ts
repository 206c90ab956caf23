import type { ServerResponse } from 'node:http';

import { listen, sendJson, type ListenOptions, type Loopback, type WireRequest } from '../loopback.js';
import { generatePath, geminiContent } from './gemini-content.js';
import { geminiError } from './gemini-errors.js';
import { ModelLedger } from './model-ledger.js';
import { ModelServer } from './model-server.js';
import type { ModelSimulatorOptions } from './openai-simulator.js';
import { WireRefusal } from './turn.js';

const LISTED_WITHOUT_MODELS = ['gemini-2.5-flash', 'gemini-3-flash-preview'];

/**
 * The Gemini API on the loopback: `POST /v1beta/models/MODEL:generateContent`, `:streamGenerateContent?alt=sse`, and
 * `GET /v1beta/models`. A client's base URL is `${url}/v1beta`.
 */
export class GeminiSimulator {
  readonly ledger = new ModelLedger();
  readonly #options: ModelSimulatorOptions;
  readonly #server: ModelServer;
  readonly #content = geminiContent();

  constructor(options: ModelSimulatorOptions) {
    this.#options = options;
    this.#server = new ModelServer({
      brain: options.brain,
      ledger: this.ledger,
      now: options.now ?? (() => new Date()),
      models: options.models ?? null,
      headers: () => ({ 'server-timing': 'gfet4t7; dur=1' }),
      gate: (request) => this.#gate(request) ?? refuseArrays(request),
    });
  }

  start(options?: ListenOptions): Promise<Loopback> {
    return listen((request, response) => this.#serve(request, response), options);
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    if (request.method === 'POST' && generatePath(request.path) !== null) {
      return this.#server.serve(this.#content, request, response);
    }
    if (request.method === 'GET' && request.path === '/v1beta/models') {
      return this.#listModels(request, response);
    }
    refuse(response, new WireRefusal(404, 'Requested entity was not found.'));
  }

  #listModels(request: WireRequest, response: ServerResponse): void {
    const refused = this.#gate(request);
    if (refused) return refuse(response, refused);
    const models = (this.#options.models ?? LISTED_WITHOUT_MODELS).map((id) => ({
      name: `models/${id}`,
      supportedGenerationMethods: ['generateContent'],
    }));
    sendJson(response, { status: 200, body: { models } });
  }

  /** A wrong key is no 401 here. */
  #gate({ headers, query }: WireRequest): WireRefusal | null {
    const key = headers['x-goog-api-key'] ?? query.get('key');
    if (typeof key !== 'string' || key === '') {
      const how = 'Please use API Key or other form of API consumer identity to call this API.';
      return new WireRefusal(403, `Method doesn't allow unregistered callers. ${how}`);
    }
    if (this.#options.keys && !this.#options.keys.includes(key)) {
      return new WireRefusal(400, 'API key not valid. Please pass a valid API key.', 'API_KEY_INVALID');
    }
    return null;
  }
}

/** Without `alt=sse` the service streams one JSON array. No client here wants that, so asking for it is a mistake. */
function refuseArrays({ path, query }: WireRequest): WireRefusal | null {
  const isArray = generatePath(path)?.stream === true && query.get('alt') !== 'sse';
  return isArray ? new WireRefusal(400, 'The simulator streams server-sent events only: add alt=sse') : null;
}

function refuse(response: ServerResponse, { status, message, code }: WireRefusal): void {
  sendJson(response, { status, body: geminiError({ status, message, ...(code !== undefined && { code }) }) });
}
