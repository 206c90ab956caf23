import type { IncomingMessage } from 'node:http';
import { Readable, Transform } from 'node:stream';

import { guardedRequest, type Ways } from './guarded-request.js';
import type { Mask } from './mask.js';
import { mediaType, readAnswer, readText } from './read-answer.js';
import { sifted } from './sift.js';
import { badAnswer } from './trouble.js';
import { askedIn, cancelledIn, parseJson, type Asked } from './wire.js';

const KIB = 1024;
const MOST_ANSWER = 256 * KIB;
/** A page of definitions: 5,000 of them may come at once. */
const MOST_PAGE = 4 * KIB * KIB;
const MOST_REFUSAL = 16 * KIB;
const LISTEN = 'subscriptions/listen';

export interface FetchOptions extends Ways {
  mask: Mask;
  onNotification: (method: string) => void;
}

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * The `fetch` of one connection. Each request gets exactly one answer that is its own, as plain JSON, or an error that
 * says whether anything was sent; what streams beside is notifications only.
 */
export function guardedFetch(options: FetchOptions): Fetch {
  const underWay = new Map<unknown, AbortController>();
  return async (url, init = {}) => {
    const body = typeof init.body === 'string' ? init.body : null;
    const message = body === null ? null : parseJson(body);
    underWay.get(cancelledIn(message))?.abort();
    const asked = askedIn(message);
    const giveUp = new AbortController();
    if (asked) underWay.set(asked.id, giveUp);
    try {
      const signal = init.signal ? AbortSignal.any([init.signal, giveUp.signal]) : giveUp.signal;
      const headers = Object.fromEntries(new Headers(init.headers));
      const outgoing = { url: new URL(url), method: init.method ?? 'GET', headers, body, signal };
      return await responseTo(asked, await guardedRequest(outgoing, options), options);
    } finally {
      if (asked) underWay.delete(asked.id);
    }
  };
}

async function responseTo(
  asked: Asked | null,
  incoming: IncomingMessage,
  options: FetchOptions,
): Promise<Response> {
  const status = incoming.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    incoming.destroy();
    throw badAnswer('redirects elsewhere, which is not followed');
  }
  if (status >= 400) return refusal(status, incoming, options);
  if (status === 202 || status === 204) {
    incoming.resume();
    return new Response(null, { status, headers: sessionOf(incoming) });
  }
  if (!asked || asked.method === LISTEN) return streamed(incoming);

  const { mask, onNotification } = options;
  const mostBytes = asked.method === 'tools/list' ? MOST_PAGE : MOST_ANSWER;
  const answer = sifted(asked, await readAnswer(incoming, { asked, mostBytes, mask, onNotification }));
  const headers = { ...sessionOf(incoming), 'content-type': 'application/json' };
  return new Response(JSON.stringify(answer), { status: 200, headers });
}

/** The client library reads a refusal's text to tell an old server from a new one. */
async function refusal(status: number, incoming: IncomingMessage, { mask }: FetchOptions): Promise<Response> {
  const text = await readText(incoming, MOST_REFUSAL).catch(() => '');
  incoming.destroy();
  const retryAfter = incoming.headers['retry-after'];
  return new Response(mask(text), {
    status,
    headers: { 'content-type': mediaType(incoming), ...(retryAfter && { 'retry-after': retryAfter }) },
  });
}

/** A stream of notifications, for as long as it lasts; a line without an end is no notification. */
function streamed(incoming: IncomingMessage): Response {
  let lineBytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(10);
      lineBytes = end < 0 ? lineBytes + chunk.length : chunk.length - end;
      if (lineBytes > MOST_ANSWER) done(badAnswer('sent a line without an end'));
      else done(null, chunk);
    },
  });
  incoming.on('error', (error) => bounded.destroy(error));
  incoming.pipe(bounded);
  // The two declarations of a web stream differ in what they say of its reader.
  const body = Readable.toWeb(bounded) as ReadableStream<Uint8Array>;
  return new Response(body, { status: 200, headers: { 'content-type': mediaType(incoming) } });
}

function sessionOf({ headers }: IncomingMessage): Record<string, string> {
  const session = headers['mcp-session-id'];
  return typeof session === 'string' ? { 'mcp-session-id': session } : {};
}
