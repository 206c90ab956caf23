import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import { listen, sendJson, type ListenOptions, type Loopback, type WireRequest } from '../loopback.js';
import type { Refusal, TokenCounts } from './brain.js';
import { ModelLedger } from './model-ledger.js';
import { ModelServer } from './model-server.js';
import { chatDialect } from './openai-chat.js';
import type { ModelSimulatorOptions } from './openai-simulator.js';
import { WireRefusal, type Dialect } from './turn.js';
import { randomId } from './wire-ids.js';

const LISTED_WITHOUT_MODELS = ['llama3.3:70b', 'qwen3:8b'];
const TYPES: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 404: 'not_found_error' };

/** Ollama's own way with chat completions, as its `/v1` endpoints answer since 0.9. */
const ollamaChat: Dialect = {
  ...chatDialect({
    newCallId: () => randomId('call_', 8),
    newId: () => `chatcmpl-${randomInt(1_000)}`,
    extras: () => ({ system_fingerprint: 'fp_ollama' }),
    usage: ollamaUsage,
    noText: '',
    wholeCalls: true,
    unknownModel: (model) => new WireRefusal(404, `model '${model}' not found`),
    errorBody: ollamaError,
  }),
  // In the middle of a stream it writes the bare error, which is no event at all.
  errorFrame: () => ({
    verbatim: `${JSON.stringify(ollamaError({ status: 500, message: 'an error was encountered while running the model' }))}\n`,
  }),
};

/**
 * Ollama on the loopback: `POST /v1/chat/completions`, `GET /v1/models`; no key is wanted, one that is sent is not
 * looked at. A client's base URL is `${url}/v1`.
 */
export class OllamaSimulator {
  readonly ledger = new ModelLedger();
  readonly #models: readonly string[] | undefined;
  readonly #server: ModelServer;

  constructor(options: Omit<ModelSimulatorOptions, 'keys'>) {
    this.#models = options.models;
    this.#server = new ModelServer({
      brain: options.brain,
      ledger: this.ledger,
      now: options.now ?? (() => new Date()),
      models: options.models ?? null,
      headers: () => ({}),
      gate: () => null,
    });
  }

  start(options?: ListenOptions): Promise<Loopback> {
    return listen((request, response) => this.#serve(request, response), options);
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.path}`) {
      case 'POST /v1/chat/completions':
        return this.#server.serve(ollamaChat, request, response);
      case 'GET /v1/models':
        return this.#listModels(response);
      default:
        response.writeHead(404, { 'content-type': 'text/plain' });
        response.end('404 page not found');
    }
  }

  #listModels(response: ServerResponse): void {
    const models = this.#models ?? LISTED_WITHOUT_MODELS;
    const data = models.map((id) => ({ id, object: 'model', created: 1_715_367_049, owned_by: 'library' }));
    sendJson(response, { status: 200, body: { object: 'list', data } });
  }
}

function ollamaError({ status, message, code }: Refusal): object {
  return { error: { message, type: TYPES[status] ?? 'api_error', param: null, code: code ?? null } };
}

/** Ollama tells no details. A count of cached tokens, which others behind such an address tell, has to be asked for. */
function ollamaUsage({ input, output, cacheRead }: TokenCounts): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cacheRead > 0 && { prompt_tokens_details: { cached_tokens: cacheRead } }),
  };
}
