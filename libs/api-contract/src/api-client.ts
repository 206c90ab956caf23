import { AppError, type Secret } from '@openloop/kernel';

import { ApiError } from './api-error.js';
import { readEvents, type StreamEvent } from './event-stream.js';
import { Problem } from './problem.js';
import { requestFor, type RawCall } from './request-for.js';
import type { AnyRoute, CallOf, OutputOf } from './route.js';

export interface ApiClientOptions {
  /** `http://127.0.0.1:4400`. */
  server: string;
  token: Secret | null;
  /** What the server is told, and compares with the oldest it understands. */
  clientVersion?: string;
  /** What the audit trail calls the way in: `cli`. Letters only. */
  clientName?: string;
  fetch?: typeof fetch;
}

export interface StreamOptions {
  signal?: AbortSignal;
  /** Resume after this event. */
  lastEventId?: string;
}

/** One `data` of a stream, checked, with the id to resume after. */
export interface Streamed<T> {
  id: string;
  event: string;
  data: T;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Calls the routes of the table. Every failure is an `AppError`: an `ApiError` where the server said what is wrong,
 * `unavailable` / `client.unreachable` where nothing answered, `unavailable` / `client.not_openloop` where something
 * else did.
 */
export class ApiClient {
  readonly server: string;
  readonly #token: Secret | null;
  readonly #version: string;
  readonly #name: string;
  readonly #fetch: typeof fetch;

  constructor({
    server,
    token,
    clientVersion = '0.0.0',
    clientName = 'client',
    fetch: send = fetch,
  }: ApiClientOptions) {
    this.server = server.replace(/\/+$/, '');
    this.#token = token;
    this.#version = clientVersion;
    this.#name = clientName;
    this.#fetch = send;
  }

  async call<T extends AnyRoute>(route: T, input: CallOf<T>, signal?: AbortSignal): Promise<OutputOf<T>> {
    const response = await this.#send(route, input, signal === undefined ? {} : { signal });
    const text = await this.#bodyOf(response);
    if (route.stream === 'text') return text as OutputOf<T>; // a text route answers with a string
    const parsed = route.response.safeParse(jsonOf(text));
    if (!parsed.success) throw this.#notOpenLoop(response, `its answer to ${route.id} was not understood`);
    return parsed.data as OutputOf<T>; // parsed by the route's own schema
  }

  /**
   * Follows a stream until the server says that it is over (204), the signal aborts, or the caller stops reading.
   * A lost connection is taken up again after the last event, less and less often; an answer that says no is thrown.
   */
  async *stream<T extends AnyRoute>(
    route: T,
    input: CallOf<T>,
    { signal, lastEventId = '' }: StreamOptions = {},
  ): AsyncGenerator<Streamed<OutputOf<T>>> {
    let lastId = lastEventId;
    let pause = FIRST_PAUSE_MS;
    for (let isFirst = true; ; isFirst = false) {
      if (signal?.aborted) return;
      const response = await this.#connect(route, input, { lastId, isFirst, ...(signal ? { signal } : {}) });
      if (response?.status === 204) return;
      for await (const { id, event, data } of eventsOf(response, lastId)) {
        [lastId, pause] = [id, FIRST_PAUSE_MS];
        yield { id, event, data: this.#parsed(route, response, data) };
      }
      await pauseFor(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** `null` when the connection is lost and may come back; the first one must succeed. */
  async #connect(
    route: AnyRoute,
    input: RawCall,
    { isFirst, ...more }: { lastId: string; isFirst: boolean; signal?: AbortSignal },
  ): Promise<Response | null> {
    try {
      return await this.#send(route, input, more);
    } catch (error) {
      const isLost = error instanceof AppError && error.kind === 'unavailable';
      if (more.signal?.aborted || (isLost && !isFirst)) return null;
      throw error;
    }
  }

  #parsed<T extends AnyRoute>(route: T, response: Response | null, data: string): OutputOf<T> {
    const parsed = route.response.safeParse(jsonOf(data));
    if (!parsed.success) throw this.#notOpenLoop(response, `an event of ${route.id} was not understood`);
    return parsed.data as OutputOf<T>; // parsed by the route's own schema
  }

  async #send(
    route: AnyRoute,
    input: RawCall,
    more: { signal?: AbortSignal; lastId?: string },
  ): Promise<Response> {
    const { path, body } = requestFor(route, input);
    const headers = {
      accept: `${route.mediaType}, application/problem+json`,
      'user-agent': `openloop-${this.#name}/${this.#version}`,
      ...(this.#token ? { authorization: `Bearer ${this.#token.reveal()}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(route.method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      ...(more.lastId ? { 'last-event-id': more.lastId } : {}),
    };
    const options = { method: route.method, headers, body: body ?? null, redirect: 'error' as const };
    const response = await this.#reach(path, { ...options, signal: more.signal ?? null });
    this.#checkVersion(response);
    if (!response.ok) throw await this.#problemOf(response);
    return response;
  }

  async #reach(path: string, options: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(`${this.server}${path}`, options);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw this.#unreachable(error);
    }
  }

  async #bodyOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): AppError {
    const why = reasonOf(error);
    return new AppError(
      'unavailable',
      'client.unreachable',
      `Cannot reach ${this.server}${why ? ` (${why})` : ''}`,
      {
        hint: 'Start it with `npm start`, or name another with --server or OPENLOOP_SERVER',
        cause: error,
      },
    );
  }

  async #problemOf(response: Response): Promise<AppError> {
    const parsed = Problem.safeParse(jsonOf(await this.#bodyOf(response)));
    return parsed.success
      ? new ApiError(parsed.data)
      : this.#notOpenLoop(response, `it answered HTTP ${response.status}`);
  }

  #notOpenLoop(response: Response | null, why: string): AppError {
    return new AppError(
      'unavailable',
      'client.not_openloop',
      `${this.server} does not answer as OpenLoop does: ${why}`,
      {
        hint: 'Check the address and the versions with `openloop version`',
        details: { status: response?.status ?? null },
      },
    );
  }

  #checkVersion(response: Response): void {
    const needed = response.headers.get('openloop-min-client');
    if (!needed || !isOlder(this.#version, needed)) return;
    const server = response.headers.get('openloop-version') ?? 'The server';
    throw new AppError(
      'invalid',
      'client.too_old',
      `Server ${server} needs openloop ${needed} or newer; this is ${this.#version}`,
      {
        hint: 'Update this checkout or package, then run the command again',
      },
    );
  }
}

/** Ends without an error when the connection is lost in the middle. */
async function* eventsOf(response: Response | null, lastId: string): AsyncGenerator<StreamEvent> {
  if (!response?.body) return;
  const events = readEvents(response.body, lastId);
  for (;;) {
    const next = await events.next().catch(() => null);
    if (next === null || next.done) return;
    yield next.value;
  }
}

function isOlder(version: string, needed: string): boolean {
  const [have, need] = [version, needed].map((text) => text.split(/[.+-]/).map(Number));
  const first = [0, 1, 2].find((i) => (have?.[i] || 0) !== (need?.[i] || 0));
  return first !== undefined && (have?.[first] || 0) < (need?.[first] || 0);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `ECONNREFUSED` out of what fetch throws; nothing that could hold a header. */
function reasonOf(error: unknown): string {
  const cause = memberOf(error, 'cause');
  const [code, message] = [memberOf(cause, 'code'), memberOf(cause, 'message')];
  if (typeof code === 'string') return code;
  return typeof message === 'string' ? message : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
