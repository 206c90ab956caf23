import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
/** Longer than any pause between two requests of one test, so that no idle connection is closed under a client. */
const KEEP_ALIVE_MS = 120_000;

/** A running loopback server. `url` has no trailing slash. */
export interface Loopback {
  url: string;
  /** Cuts every open connection, also those of requests that were never answered. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0, the default, takes a free port. */
  port?: number;
}

/** One request as it came over the wire, its body read to the end. */
export interface WireRequest {
  method: string;
  /** Still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  text: string;
}

export type Exchange = (request: WireRequest, response: ServerResponse) => Promise<void>;

/** Takes over a connection that asks to become a WebSocket. Who takes it also ends it: `close()` cannot. */
export type Upgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Serves `exchange` on the loopback address. What `exchange` throws becomes a plain-text 500 and is never retried here. */
export async function listen(
  exchange: Exchange,
  { port = 0 }: ListenOptions = {},
  upgrade?: Upgrade,
): Promise<Loopback> {
  const server = createServer((incoming, response) => {
    serve(incoming, response, exchange).catch((error: unknown) => fail(response, error));
  });
  if (upgrade) server.on('upgrade', upgrade);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const address = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://${HOST}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(incoming: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> {
  // A client that leaves in the middle is a normal event for a server made to be mistreated.
  response.on('error', () => undefined);
  const text = await read(incoming);
  if (text === null) return;
  const url = new URL(incoming.url ?? '/', `http://${HOST}`);
  const request = {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    text,
  };
  await exchange(request, response);
}

/** `null` when the client left before its body was complete. */
async function read(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding is set, so chunks are buffers
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(500, { 'content-type': 'text/plain' });
  response.end(`The simulator failed: ${error instanceof Error ? error.message : String(error)}`);
}

export interface Sent {
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

export function sendJson(response: ServerResponse, { status, body, headers = {} }: Sent): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/** Sends the headers of the whole answer but only half of its bytes, then ends the connection in good order. */
export async function sendHalf(
  response: ServerResponse,
  { status, body, headers = {} }: Sent,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    connection: 'close',
    ...headers,
  });
  await write(response, bytes.subarray(0, Math.floor(bytes.length / 2)));
  response.end();
}

/** Resolves once the bytes were handed to the kernel, or the client is gone. */
export function write(response: ServerResponse, chunk: string | Buffer): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(chunk, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}

/** A connection reset: the client sees ECONNRESET. */
export function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Waits, but not past the client's departure. */
export async function pause(ms: number, response: ServerResponse): Promise<void> {
  if (ms <= 0 || response.closed || response.destroyed) return;
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  await sleep(ms, undefined, { signal: gone.signal }).catch(() => undefined);
  response.off('close', leave);
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

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The objects of a list, or none when it is not a list. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
