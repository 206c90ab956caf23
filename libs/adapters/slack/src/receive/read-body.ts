import type { IncomingMessage } from 'node:http';

export const MAX_BODY_BYTES = 1024 * 1024;

export type Body = { bytes: Buffer } | 'body_too_large' | 'body_too_slow' | 'body_cut';

/** The bytes as they came, which the signature covers. Stops reading at 1 MiB. */
export function readBody(request: IncomingMessage, withinMs: number): Promise<Body> {
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) return Promise.resolve('body_too_large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MAX_BODY_BYTES) end('body_too_large');
    };
    // What still comes after the end is thrown away, so that the sender gets to read the answer.
    const end = (body: Body): void => {
      clearTimeout(tooSlow);
      request.off('data', onData).resume();
      resolve(body);
    };
    const tooSlow = setTimeout(() => end('body_too_slow'), withinMs);
    request.on('data', onData);
    request.once('end', () => end({ bytes: Buffer.concat(chunks) }));
    request.once('close', () => end('body_cut'));
    request.once('error', () => end('body_cut'));
  });
}

/** A JSON body, or the JSON inside a form's `payload`; `null` when it is neither. */
export function bodyObject(bytes: Buffer, contentType: string | undefined): Record<string, unknown> | null {
  const text = bytes.toString('utf8');
  if (!contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) return jsonObject(text);
  const form = new URLSearchParams(text);
  const payload = form.getAll('payload');
  if (payload.length > 1) return null;
  return payload[0] === undefined ? Object.fromEntries(form) : jsonObject(payload[0]);
}

export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
