import { AppError } from '@openloop/kernel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { PROBLEM_MEDIA_TYPE, problemFrom } from '../problem.js';
import { readInput } from '../read-input.js';
import type { AnyRoute, InputOf, OutputOf } from '../route.js';
import { routes, type RouteId, type Routes } from '../routes.js';

/** One event of a live stream. */
export interface SentEvent<T> {
  id: string;
  event: string;
  data: T;
}

type Live<Id extends RouteId> = AsyncIterable<SentEvent<OutputOf<Routes[Id]>>>;
type Answer<Id extends RouteId> = Routes[Id]['stream'] extends 'sse' ? Live<Id> : OutputOf<Routes[Id]>;

/** What a test wants said. To a live route `null` means that it is over. A thrown `AppError` becomes a problem. */
export type Answers = {
  [Id in RouteId]?: (
    input: InputOf<Routes[Id]>,
    headers: IncomingMessage['headers'],
  ) => Answer<Id> | OutputOf<Routes[Id]> | Live<Id> | null | Promise<Answer<Id> | OutputOf<Routes[Id]>>;
};

interface Received {
  id: RouteId;
  input: InputOf<AnyRoute>;
  headers: IncomingMessage['headers'];
}

/**
 * A server on the loopback that holds to the contract: it finds routes in the table, refuses what their schemas
 * refuse, and fails a test whose answers their schemas do not allow.
 */
export class ContractServer {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #listeners: (() => void)[] = [];

  private constructor(private readonly answers: Answers) {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(answers: Answers): Promise<ContractServer> {
    const server = new ContractServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // listening on TCP
  }

  /** What was asked of one route. */
  callsOf(id: RouteId): InputOf<AnyRoute>[] {
    return this.received.filter((call) => call.id === id).map(({ input }) => input);
  }

  /** Resolves once this route was asked for so many times. */
  async heard(id: RouteId, times = 1): Promise<void> {
    while (this.callsOf(id).length < times) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { route, input } = await inputOf(request);
      this.received.push({ id: route.id as RouteId, input, headers: request.headers }); // found in the table
      for (const heard of this.#listeners.splice(0)) heard();
      const answer = this.answers[route.id as RouteId] as  // as above; the table types its input
        ((input: InputOf<AnyRoute>, headers: IncomingMessage['headers']) => unknown) | undefined;
      if (!answer) throw new AppError('not_found', 'not_found', `Nothing here answers ${route.id}`);
      await send(route, await answer(input, request.headers), response);
    } catch (error) {
      sendProblem(error, response);
    }
  }
}

async function inputOf(request: IncomingMessage): Promise<{ route: AnyRoute; input: InputOf<AnyRoute> }> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set, so chunks are bytes
  const body: unknown = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
  for (const route of Object.values<AnyRoute>(routes)) {
    const params = route.method === request.method ? matched(route.path, url.pathname) : undefined;
    if (params)
      return {
        route,
        input: readInput(route, { params, query: Object.fromEntries(url.searchParams), body }),
      };
  }
  throw new AppError('not_found', 'not_found', `There is no ${url.pathname}`);
}

/** The values of a path's placeholders. A placeholder never stands for a name that another route has there. */
function matched(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = decodeURIComponent(given[i] ?? '');
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}

async function send(route: AnyRoute, answer: unknown, response: ServerResponse): Promise<void> {
  if (answer === null) {
    response.writeHead(204).end();
    return;
  }
  if (route.stream === 'sse') {
    await sendEvents(route, answer as AsyncIterable<SentEvent<unknown>>, response); // what Answers says of a live route
    return;
  }
  const value: unknown = route.response.parse(answer);
  response.writeHead(route.status, { 'content-type': route.mediaType });
  response.end(route.stream === 'text' ? String(value) : JSON.stringify(value));
}

async function sendEvents(
  route: AnyRoute,
  events: AsyncIterable<SentEvent<unknown>>,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': route.mediaType });
  response.write(': ping\n\n');
  for await (const { id, event, data } of events) {
    response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(route.response.parse(data))}\n\n`);
  }
  response.end();
}

function sendProblem(error: unknown, response: ServerResponse): void {
  const known = error instanceof AppError ? error : new AppError('bug', 'test.answer', String(error));
  const problem = problemFrom(known, { requestId: 'req_test' });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(problem.status, { 'content-type': PROBLEM_MEDIA_TYPE });
  response.end(JSON.stringify(known.kind === 'bug' ? { ...problem, detail: known.message } : problem));
}
