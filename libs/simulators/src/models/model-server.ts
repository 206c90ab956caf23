import type { ServerResponse } from 'node:http';

import { cut, isObject, parseJson, pause, sendHalf, sendJson, write, type WireRequest } from '../loopback.js';
import { isHang, isRefusal, type Answer, type Brain, type BrainRequest, type Refusal } from './brain.js';
import type { ModelLedger, ModelOutcome, ModelRequestEntry } from './model-ledger.js';
import { makeTurn, WireRefusal, type Dialect, type Frame, type Turn } from './turn.js';

const READING_MS = 25;

export interface ModelServing {
  brain: Brain;
  ledger: ModelLedger;
  now: () => Date;
  /** Models that exist; `null` when every name does. */
  models: readonly string[] | null;
  /** Headers of every answer: the provider's request id and limits. */
  headers: () => Record<string, string>;
  /** Why the request may not be served. */
  gate: (request: WireRequest) => WireRefusal | null;
}

/** Takes one request of a model API from its first byte to its last. */
export class ModelServer {
  readonly #serving: ModelServing;

  constructor(serving: ModelServing) {
    this.#serving = serving;
  }

  async serve(dialect: Dialect, request: WireRequest, response: ServerResponse): Promise<void> {
    const body = parseJson(request.text);
    const entry = this.#serving.ledger.open(blankEntry(request.path, body, this.#serving.now()));
    const exchange = { dialect, response, entry };
    try {
      const refused = this.#serving.gate(request);
      if (refused) throw refused;
      const asked = this.#read(dialect, body, request.path);
      Object.assign(entry, {
        model: asked.model,
        messages: asked.messages,
        tools: asked.tools,
        stream: asked.stream,
      });
      entry.outcome = await this.#reply(asked, exchange);
    } catch (error) {
      entry.outcome = this.#refuse(refusalOf(error), exchange);
    }
  }

  #read(dialect: Dialect, body: unknown, path: string): BrainRequest {
    if (!isObject(body)) {
      throw new WireRefusal(400, 'We could not parse the JSON body of your request.');
    }
    const asked = dialect.read(body, path);
    const { models } = this.#serving;
    if (models && !models.includes(asked.model)) throw dialect.unknownModel(asked.model);
    return { api: dialect.api, stream: body['stream'] === true, ...asked, raw: body };
  }

  async #reply(asked: BrainRequest, exchange: ExchangeState): Promise<ModelOutcome> {
    const reply = await this.#think(asked);
    if (isHang(reply)) return 'hung';
    await pause(reply.delayMs ?? 0, exchange.response);
    if (isRefusal(reply)) return this.#refuse(reply, exchange);
    const { newCallId } = exchange.dialect;
    const turn = makeTurn(reply, asked, { now: this.#serving.now(), newCallId });
    this.#serving.ledger.charge({ ...turn.usage, model: turn.model, at: turn.createdAt });
    return asked.stream ? this.#stream(turn, reply, exchange) : this.#sendWhole(turn, reply, exchange);
  }

  async #think(asked: BrainRequest): ReturnType<AsyncBrain> {
    try {
      return await this.#serving.brain(asked);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new WireRefusal(400, `The simulator's brain failed: ${message}`, 'simulator_brain_failed');
    }
  }

  #refuse(refusal: Refusal, { dialect, response }: ExchangeState): number {
    const headers = { ...this.#serving.headers() };
    if (refusal.retryAfter !== undefined && dialect.tellsWaitInBody !== true) {
      headers['retry-after'] = String(refusal.retryAfter);
    }
    sendJson(response, { status: refusal.status, body: dialect.errorBody(refusal), headers });
    return refusal.status;
  }

  async #sendWhole(turn: Turn, answer: Answer, { dialect, response }: ExchangeState): Promise<ModelOutcome> {
    const failed = answer.errorAfterChunks === undefined ? undefined : dialect.wholeError?.(turn);
    const sent = { status: 200, body: failed ?? dialect.whole(turn), headers: this.#serving.headers() };
    if (answer.stallAfterChunks !== undefined) return 'hung';
    if (answer.resetAfterChunks === undefined && answer.truncateStream !== true) {
      sendJson(response, sent);
      return failed === undefined ? 200 : 'broken';
    }
    if (answer.truncateStream === true) {
      await sendHalf(response, sent);
      return 'broken';
    }
    const bytes = JSON.stringify(sent.body);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bytes),
      ...sent.headers,
    });
    await write(response, bytes.slice(0, bytes.length / 2));
    cut(response);
    return 'broken';
  }

  async #stream(turn: Turn, answer: Answer, { dialect, response }: ExchangeState): Promise<ModelOutcome> {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...this.#serving.headers(),
    });
    const frames = dialect.frames(turn);
    const total = frames.filter((frame) => frame.isContent).length;
    const end = endOf(answer, total);
    let sent = 0;
    for (const frame of frames) {
      if (end && sent >= end.after) break;
      await write(response, encode(frame));
      if (response.destroyed) return 'broken';
      if (!frame.isContent) continue;
      sent += 1;
      await pause(answer.chunkDelayMs ?? 0, response);
    }
    // A reset throws away what the client has not read yet, so it is given a moment to read.
    if (end?.manner === 'reset') await pause(READING_MS, response);
    return finishStream(end, dialect.errorFrame(turn), response);
  }
}

type AsyncBrain = (request: BrainRequest) => Promise<Awaited<ReturnType<Brain>>>;

interface ExchangeState {
  dialect: Dialect;
  response: ServerResponse;
  entry: ModelRequestEntry;
}

/** Where a faulty stream stops, counted in pieces of content, and in what manner. */
interface EarlyEnd {
  after: number;
  manner: 'reset' | 'stall' | 'error' | 'truncate';
}

function endOf(answer: Answer, total: number): EarlyEnd | null {
  const at = (after: number, manner: EarlyEnd['manner']): EarlyEnd => ({
    after: Math.min(after, total),
    manner,
  });
  if (answer.resetAfterChunks !== undefined) return at(answer.resetAfterChunks, 'reset');
  if (answer.stallAfterChunks !== undefined) return at(answer.stallAfterChunks, 'stall');
  if (answer.errorAfterChunks !== undefined) return at(answer.errorAfterChunks, 'error');
  return answer.truncateStream === true ? at(Math.max(0, total - 1), 'truncate') : null;
}

function finishStream(end: EarlyEnd | null, error: Frame, response: ServerResponse): ModelOutcome {
  switch (end?.manner) {
    case undefined:
      response.end();
      return 200;
    case 'reset':
      cut(response);
      return 'broken';
    case 'stall':
      return 'hung';
    case 'error':
      response.end(encode(error));
      return 'broken';
    case 'truncate':
      response.end();
      return 'broken';
  }
}

function encode(frame: Frame): string {
  if ('verbatim' in frame) return frame.verbatim;
  const { event, payload } = frame;
  const text = payload === '[DONE]' ? payload : JSON.stringify(payload);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof WireRefusal)) throw error;
  const { status, message, code } = error;
  return { status, message, ...(code !== undefined && { code }) };
}

function blankEntry(path: string, body: unknown, at: Date): ModelRequestEntry {
  return { at, path, body, model: '', stream: false, messages: [], tools: [], outcome: 'waiting' };
}
