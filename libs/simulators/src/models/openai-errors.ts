import { textOf, type JsonObject } from '../loopback.js';
import type { Refusal } from './brain.js';
import { WireRefusal } from './turn.js';

const TYPES: Readonly<Record<number, string>> = { 429: 'requests', 500: 'server_error', 503: 'server_error' };
const CODES: Readonly<Record<number, string>> = { 401: 'invalid_api_key', 429: 'rate_limit_exceeded' };

/** The body of every error of OpenAI's. */
export function openAiError({ status, message, code }: Refusal): object {
  const type = TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { error: { message, type, param: null, code: code ?? CODES[status] ?? null } };
}

export function openAiUnknownModel(model: string): WireRefusal {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return new WireRefusal(404, message, 'model_not_found');
}

/** @throws WireRefusal when no model is named. */
export function requireModel(body: JsonObject): string {
  const model = textOf(body['model']);
  if (model === '') throw new WireRefusal(400, 'you must provide a model parameter');
  return model;
}
