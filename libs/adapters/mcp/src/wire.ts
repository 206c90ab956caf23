/** A JSON-RPC request as it leaves. */
export interface Asked {
  id: string | number;
  method: string;
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `undefined` when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown; // JSON.parse says any
  } catch {
    return undefined;
  }
}

/** The request in an outgoing message; `null` for a notification or an answer of ours. */
export function askedIn(message: unknown): Asked | null {
  if (!isObject(message) || typeof message['method'] !== 'string') return null;
  const { id, method } = message;
  return typeof id === 'string' || typeof id === 'number' ? { id, method } : null;
}

/** The request that an outgoing `notifications/cancelled` gives up. */
export function cancelledIn(message: unknown): unknown {
  if (!isObject(message) || message['method'] !== 'notifications/cancelled') return undefined;
  const { params } = message;
  return isObject(params) ? params['requestId'] : undefined;
}

/** Whether an incoming message is an answer at all. */
export function isAnswer(message: JsonObject): boolean {
  return message['method'] === undefined && ('result' in message || 'error' in message);
}

/** Whether JSON is nested deeper than code that walks it should go. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((each) => isDeeperThan(levels - 1, each));
}
