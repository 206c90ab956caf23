import { isObject, textOf, type JsonObject } from '../loopback.js';

export const MODERN = '2026-07-28';
const LEGACY = '2025-11-25';
const META = 'io.modelcontextprotocol';

/** A tool: what the server says of it, and what it does. `definition` is sent as it is, right or wrong. */
export interface McpSimTool {
  definition: unknown;
  /** The text it answers; it echoes its arguments when absent. */
  run?: (args: JsonObject) => string;
}

/** `both` answers the stateless protocol and `initialize`. */
export type McpEra = 'legacy' | 'modern' | 'both';

export interface McpWorldOptions {
  era?: McpEra;
  tools?: readonly McpSimTool[];
  identity?: { name: string; version: string };
  /** Tools on one page; all when absent. */
  pageSize?: number;
  /** Said of every list, right or wrong. */
  ttlMs?: number;
}

export type McpAnswer = { result: JsonObject } | { error: { code: number; message: string } };

/** One call that took effect. */
export interface McpCall {
  tool: string;
  args: JsonObject;
  meta: JsonObject;
}

/** What a server of tools knows and does, whatever carries the messages. */
export class McpWorld {
  tools: readonly McpSimTool[];
  identity: { name: string; version: string };
  ttlMs: number | undefined;
  readonly era: McpEra;
  readonly calls: McpCall[] = [];
  readonly #pageSize: number;

  constructor(options: McpWorldOptions = {}) {
    this.era = options.era ?? 'both';
    this.tools = options.tools ?? [];
    this.identity = options.identity ?? { name: 'simulated', version: '1.0.0' };
    this.ttlMs = options.ttlMs;
    this.#pageSize = options.pageSize ?? Infinity;
  }

  answer(method: string, params: JsonObject): McpAnswer {
    const isModern = this.#isModern(params);
    switch (method) {
      case 'server/discover':
        return this.era === 'legacy' ? unknownMethod(method) : this.#discovered();
      case 'initialize':
        return this.era === 'modern' ? unknownMethod(method) : this.#initialized();
      case 'ping':
        return { result: {} };
      case 'tools/list':
        return this.#page(params, isModern);
      case 'tools/call':
        return this.#called(params, isModern);
      default:
        return unknownMethod(method);
    }
  }

  #isModern(params: JsonObject): boolean {
    const meta = params['_meta'];
    return isObject(meta) && meta[`${META}/protocolVersion`] === MODERN;
  }

  #initialized(): McpAnswer {
    const capabilities = { tools: { listChanged: true } };
    return { result: { protocolVersion: LEGACY, capabilities, serverInfo: this.identity } };
  }

  #discovered(): McpAnswer {
    const capabilities = { tools: { listChanged: true } };
    return { result: this.#complete({ supportedVersions: [MODERN], capabilities, ...this.#cacheHint() }) };
  }

  #page(params: JsonObject, isModern: boolean): McpAnswer {
    const from = Number(textOf(params['cursor']) || '0');
    const tools = this.tools.slice(from, from + this.#pageSize).map(({ definition }) => definition);
    const next = from + this.#pageSize;
    const page = { tools, ...(next < this.tools.length && { nextCursor: String(next) }) };
    if (isModern) return { result: this.#complete({ ...page, ...this.#cacheHint() }) };
    return { result: { ...page, ...(this.ttlMs !== undefined && { ttlMs: this.ttlMs }) } };
  }

  #called(params: JsonObject, isModern: boolean): McpAnswer {
    const name = textOf(params['name']);
    const tool = this.tools.find(({ definition }) => isObject(definition) && definition['name'] === name);
    if (!tool) return { error: { code: -32_602, message: `Unknown tool: ${name}` } };
    const args = isObject(params['arguments']) ? params['arguments'] : {};
    this.calls.push({ tool: name, args, meta: isObject(params['_meta']) ? params['_meta'] : {} });
    const text = tool.run ? tool.run(args) : JSON.stringify(args);
    const result = { content: [{ type: 'text', text }] };
    return { result: isModern ? this.#complete(result) : result };
  }

  #cacheHint(): JsonObject {
    return { ttlMs: this.ttlMs ?? 60_000, cacheScope: 'private' };
  }

  #complete(result: JsonObject): JsonObject {
    return { ...result, resultType: 'complete', _meta: { [`${META}/serverInfo`]: this.identity } };
  }
}

function unknownMethod(method: string): McpAnswer {
  return { error: { code: -32_601, message: `Method not found: ${method}` } };
}

/** The requests in a message; a batch is none. */
export function requestIn(message: unknown): { id: unknown; method: string; params: JsonObject } | null {
  if (!isObject(message) || typeof message['method'] !== 'string') return null;
  const { id, method, params } = message;
  return { id, method, params: isObject(params) ? params : {} };
}
