import { SocketModeClient, type SocketModeOptions } from '@slack/socket-mode';

import { jsonObject } from './read-body.js';

/** As WebSocket numbers its states. */
const CLOSING = 2;
const CLOSE_WITHIN_MS = 2_000;

/**
 * The SDK's socket without its own reconnecting, which waits 5 seconds each time and, when Slack refuses the token or
 * is not reachable, ends the process with an unhandled rejection. {@link SocketReceiver} reconnects instead.
 */
export class SlackSocket extends SocketModeClient {
  #onUnreadable: () => void;

  constructor(options: Omit<SocketModeOptions, 'autoReconnectEnabled'>, onUnreadable: () => void) {
    super({ ...options, autoReconnectEnabled: false });
    this.#onUnreadable = onUnreadable;
  }

  /** Ends a socket that Slack does not close when asked to. */
  force(): void {
    this.websocket?.disconnect();
    if (this.websocket?.readyState === CLOSING) this.websocket.disconnect();
  }

  /** What cannot be read is not to come again: it would not be readable then either. */
  #acknowledge(frame: string | ArrayBuffer): void {
    const id = typeof frame === 'string' ? jsonObject(frame)?.['envelope_id'] : undefined;
    if (typeof id !== 'string') return;
    this.websocket?.send(JSON.stringify({ envelope_id: id, payload: {} }), () => undefined);
  }

  /** The SDK reads `payload.event.type` of whatever comes, and nobody catches it. */
  protected override async onWebSocketMessage(frame: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    try {
      await super.onWebSocketMessage(frame, isBinary);
    } catch {
      this.#onUnreadable();
      this.#acknowledge(frame);
    }
    const socket = this.websocket;
    if (socket?.readyState !== CLOSING) return;
    setTimeout(() => socket.readyState === CLOSING && socket.disconnect(), CLOSE_WITHIN_MS).unref();
  }
}
