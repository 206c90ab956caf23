import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import {
  isObject,
  listen,
  parseJson,
  sendJson,
  textOf,
  type JsonObject,
  type ListenOptions,
  type Loopback,
  type WireRequest,
} from '../loopback.js';
import { openEvents, sendAnswer, sendEvent, sendFaulty } from './mcp-answering.js';
import { McpArmedFaults, type McpArming } from './mcp-faults.js';
import { McpWorld, MODERN, requestIn, type McpSimTool, type McpWorldOptions } from './mcp-world.js';

export interface McpSimulatorOptions extends McpWorldOptions {
  /** Refuses every request without exactly this bearer token. */
  bearer?: string;
  /** How answers are sent: one JSON body (the default) or an event stream. */
  answers?: 'json' | 'sse';
}

/** One HTTP request, in the order of arrival. */
export interface McpRequestEntry {
  httpMethod: string;
  /** The JSON-RPC method; empty when there is none. */
  method: string;
  tool: string;
  headers: IncomingHttpHeaders;
  params: JsonObject;
}

type Asked = NonNullable<ReturnType<typeof requestIn>>;

/** An MCP server over Streamable HTTP, on the loopback address. Its endpoint is `/mcp`. */
export class McpSimulator {
  readonly world: McpWorld;
  readonly requests: McpRequestEntry[] = [];
  readonly #faults = new McpArmedFaults();
  readonly #sessions = new Set<string>();
  /** Open streams of notifications, with the id that each notification must carry. */
  readonly #streams = new Map<ServerResponse, unknown>();
  readonly #options: McpSimulatorOptions;
  #waiting = 0;
  #loopback: Loopback | null = null;
  #url = '';

  constructor(options: McpSimulatorOptions = {}) {
    this.#options = options;
    this.world = new McpWorld(options);
  }

  async listen(options: ListenOptions = {}): Promise<this> {
    this.#loopback = await listen((request, response) => this.#serve(request, response), options);
    this.#url = `${this.#loopback.url}/mcp`;
    return this;
  }

  /** Stays what it was after `close()`. */
  get url(): string {
    return this.#url;
  }

  get calls(): McpWorld['calls'] {
    return this.world.calls;
  }

  get armed(): number {
    return this.#faults.waiting;
  }

  /** How many clients listen for notifications. */
  get listening(): number {
    return this.#streams.size;
  }

  /** How many requests have no whole answer yet and a client that still waits for it. */
  get waiting(): number {
    return this.#waiting;
  }

  arm(arming: McpArming): void {
    this.#faults.arm(arming);
  }

  /** Changes what the server offers, and tells everybody who listens. */
  async offer(tools: readonly McpSimTool[]): Promise<void> {
    this.world.tools = tools;
    for (const [response, subscription] of this.#streams) {
      const meta = { 'io.modelcontextprotocol/subscriptionId': subscription };
      const params = subscription === null ? {} : { params: { _meta: meta } };
      await sendEvent(response, { jsonrpc: '2.0', method: 'notifications/tools/list_changed', ...params });
    }
  }

  /** As after a restart: who comes with an old session is told that there is none. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  async close(): Promise<void> {
    await this.#loopback?.close();
    this.#loopback = null;
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    const message = parseJson(request.text);
    const asked = requestIn(message);
    const { method = '', params = {} } = asked ?? {};
    const tool = method === 'tools/call' ? textOf(params['name']) : '';
    this.requests.push({ httpMethod: request.method, method, tool, headers: request.headers, params });
    if (!this.#isLetIn(request)) {
      return sendJson(response, {
        status: 401,
        body: { error: `Wrong token: ${request.headers.authorization}` },
      });
    }
    if (request.method === 'GET') return this.#openStream(request, response);
    if (request.method !== 'POST' || !asked) return refuse(response, 405, 'Only requests');
    await this.#post(request, response, asked);
  }

  async #post({ headers }: WireRequest, response: ServerResponse, asked: Asked): Promise<void> {
    this.#waiting += 1;
    response.once('close', () => (this.#waiting -= 1));
    const refusal = this.#refusal(headers, asked);
    if (refusal)
      return sendJson(response, { status: refusal.status, body: { jsonrpc: '2.0', ...refusal.body } });
    const { id, method, params } = asked;
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'subscriptions/listen') return this.#subscribe(response, asked);

    const fault = this.#faults.take(method, textOf(params['name']));
    const answer = fault?.executes === false ? { result: {} } : this.world.answer(method, params);
    if (method === 'initialize') this.#startSession(response);
    const answering = { id, answer, as: this.#options.answers ?? 'json' };
    if (fault) await sendFaulty(response, answering, fault);
    else await sendAnswer(response, answering);
  }

  /** What is wrong before anything is done: the session of the older protocol, the headers of the newer one. */
  #refusal(headers: IncomingHttpHeaders, asked: Asked) {
    const { id, method, params } = asked;
    const meta = isObject(params['_meta']) ? params['_meta'] : {};
    if (meta['io.modelcontextprotocol/protocolVersion'] === MODERN)
      return this.#modernRefusal(headers, asked);
    if (this.world.era === 'modern') return problem(400, -32_022, 'Unsupported protocol version', id);
    const session = headers['mcp-session-id'];
    const isKnown = typeof session === 'string' && this.#sessions.has(session);
    return isKnown || method === 'initialize' ? null : problem(404, -32_001, 'Session not found', id);
  }

  #modernRefusal(headers: IncomingHttpHeaders, { id, method, params }: Asked) {
    if (this.world.era === 'legacy') return problem(400, -32_000, 'Bad Request: no session', id);
    const name = method === 'tools/call' ? textOf(params['name']) : undefined;
    const agrees = headers['mcp-method'] === method && headers['mcp-name'] === name;
    return agrees ? null : problem(400, -32_020, 'header_mismatch', id);
  }

  #startSession(response: ServerResponse): void {
    const session = randomUUID();
    this.#sessions.add(session);
    response.setHeader('mcp-session-id', session);
  }

  #isLetIn({ headers }: WireRequest): boolean {
    const { bearer } = this.#options;
    return bearer === undefined || headers.authorization === `Bearer ${bearer}`;
  }

  #openStream({ headers }: WireRequest, response: ServerResponse): void {
    const session = headers['mcp-session-id'];
    if (typeof session !== 'string' || !this.#sessions.has(session))
      return refuse(response, 405, 'No stream');
    this.#keep(response, null);
  }

  async #subscribe(response: ServerResponse, { id, params }: Asked): Promise<void> {
    this.#keep(response, id);
    const meta = { 'io.modelcontextprotocol/subscriptionId': id };
    const method = 'notifications/subscriptions/acknowledged';
    const notifications = params['notifications'] ?? {};
    await sendEvent(response, { jsonrpc: '2.0', method, params: { notifications, _meta: meta } });
  }

  #keep(response: ServerResponse, subscription: unknown): void {
    openEvents(response);
    this.#streams.set(response, subscription);
    response.once('close', () => this.#streams.delete(response));
  }
}

function problem(status: number, code: number, message: string, id: unknown) {
  return { status, body: { id, error: { code, message } } };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(text);
}
