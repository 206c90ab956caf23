import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type WebSocket } from 'ws';

import { isObject, parseJson, textOf } from '../loopback.js';
import type { Carrier, Carrying, CarryResult } from './slack-carrier.js';
import type { SlackDelivery } from './slack-types.js';

export interface SlackSocketOptions {
  appId: string;
  ackWithinMs: number;
  pingMs: number;
  /** Somebody who waits for a socket has one now. */
  onOpen: () => void;
}

interface Connection {
  number: number;
  socket: WebSocket;
  /** False once the app was asked to go elsewhere. */
  takesEvents: boolean;
  waiting: Map<string, (result: CarryResult) => void>;
}

/** Socket Mode: the connections the app has opened, each event on exactly one of them, in turn. */
export class SlackSockets implements Carrier {
  readonly timeoutReason = 'timeout';
  readonly #options: SlackSocketOptions;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  #connections: Connection[] = [];
  #opened = 0;
  #turn = 0;
  #watchers: { wanted: number; resolve: () => void }[] = [];

  constructor(options: SlackSocketOptions) {
    this.#options = options;
  }

  /** Good for one connection. */
  ticket(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return ticket;
  }

  /** Connections that take events. */
  get open(): number {
    return this.#connections.filter(({ takesEvents }) => takesEvents).length;
  }

  /** Connections there have ever been. */
  get opened(): number {
    return this.#opened;
  }

  /** Resolves as soon as there have been this many connections since the start. */
  async untilOpened(wanted: number): Promise<void> {
    if (this.#opened >= wanted) return;
    await new Promise<void>((resolve) => this.#watchers.push({ wanted, resolve }));
  }

  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://loopback');
    if (pathname !== '/link' || !this.#tickets.delete(searchParams.get('ticket') ?? '')) {
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(incoming, socket, head, (accepted) => this.#accept(accepted));
  }

  carry(delivery: SlackDelivery, { retry, reason }: Carrying): Promise<CarryResult> | null {
    const ready = this.#connections.filter(({ takesEvents }) => takesEvents);
    const connection = ready[this.#turn % Math.max(1, ready.length)];
    if (!connection) return null;
    this.#turn += 1;
    const envelopeId = randomUUID();
    const frame = {
      envelope_id: envelopeId,
      payload: delivery.payload,
      type: delivery.kind,
      accepts_response_payload: delivery.kind !== 'events_api',
      ...(delivery.kind === 'events_api' && { retry_attempt: retry, retry_reason: reason }),
    };
    return new Promise((resolve) => {
      const settle = (result: CarryResult): void => {
        clearTimeout(timer);
        connection.waiting.delete(envelopeId);
        resolve(result);
      };
      const late = {
        outcome: 'timeout',
        response: null,
        status: null,
        connection: connection.number,
      } as const;
      const timer = setTimeout(() => settle(late), this.#options.ackWithinMs);
      connection.waiting.set(envelopeId, settle);
      connection.socket.send(JSON.stringify(frame));
    });
  }

  /** Asks every connection to make way for a new one, as Slack does every few hours. Nothing more is sent to it. */
  refresh(reason: 'refresh_requested' | 'warning' | 'link_disabled'): void {
    for (const connection of this.#connections) {
      if (reason !== 'warning') connection.takesEvents = false;
      connection.socket.send(
        JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-simulator' } }),
      );
    }
  }

  /** Cuts every connection, without a word. */
  drop(): void {
    for (const connection of this.#connections) {
      connection.takesEvents = false;
      connection.socket.terminate();
    }
  }

  #accept(socket: WebSocket): void {
    this.#opened += 1;
    const connection: Connection = { number: this.#opened, socket, takesEvents: true, waiting: new Map() };
    this.#connections.push(connection);
    const ping = setInterval(
      () => socket.ping(`Ping from applink-simulator ${Date.now()}`),
      this.#options.pingMs,
    );
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(ping);
      this.#leave(connection);
    });
    socket.on('message', (frame) => this.#ack(connection, frame));
    this.#hello(connection);
    this.#options.onOpen();
    const ready = this.#watchers.filter(({ wanted }) => wanted <= this.#opened);
    this.#watchers = this.#watchers.filter((each) => !ready.includes(each));
    for (const { resolve } of ready) resolve();
  }

  #hello({ socket, number }: Connection): void {
    const hello = {
      type: 'hello',
      num_connections: this.#connections.length,
      debug_info: { host: 'applink-simulator', build_number: number, approximate_connection_time: 18_060 },
      connection_info: { app_id: this.#options.appId },
    };
    socket.send(JSON.stringify(hello));
  }

  #ack(connection: Connection, frame: WebSocket.RawData): void {
    const ack = parseJson(frame.toString('utf8'));
    if (!isObject(ack)) return;
    const response = ack['payload'] ?? null;
    const settle = connection.waiting.get(textOf(ack['envelope_id']));
    settle?.({ outcome: 'acked', response, status: null, connection: connection.number });
  }

  #leave(connection: Connection): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    for (const settle of connection.waiting.values()) {
      settle({ outcome: 'connection_failed', response: null, status: null, connection: connection.number });
    }
  }
}
