import { isDeeperThan, isObject, type Asked, type JsonObject } from './wire.js';

/** Where the tools of a page are after sifting: as JSON text, so that nothing on the way looks into it. */
export const SIFTED = 'openloop/sifted';
/** Of our own errors; the server-defined range of JSON-RPC. */
const NO_ANSWER = -32_099;
const DEEPEST = 64;

/**
 * What the client library is handed in place of an answer. It refuses a whole page for one bad tool, and takes a tool
 * result without content for an empty one; here each tool is judged by itself and such a result is an error.
 */
export function sifted({ id, method }: Asked, answer: JsonObject): JsonObject {
  const { result } = answer;
  if (!isObject(result)) return answer;
  if (isDeeperThan(DEEPEST, result)) return noAnswer(id, 'its answer is nested too deep');
  if (method === 'tools/list') return { ...answer, result: siftedPage(result) };
  if (method === 'tools/call' && !isToolResult(result)) return noAnswer(id, 'its answer is no tool result');
  return answer;
}

function siftedPage({ tools, ttlMs, ...page }: JsonObject): JsonObject {
  const meta = isObject(page['_meta']) ? page['_meta'] : {};
  return {
    ...page,
    tools: [],
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { ...meta, [SIFTED]: JSON.stringify({ tools, ttlMs }) },
  };
}

function isToolResult(result: JsonObject): boolean {
  if (result['resultType'] === 'input_required') return true;
  return Array.isArray(result['content']) || result['structuredContent'] !== undefined;
}

function noAnswer(id: string | number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code: NO_ANSWER, message } };
}
