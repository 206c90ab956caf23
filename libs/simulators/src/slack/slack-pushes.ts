import { createHmac } from 'node:crypto';

import { isObject, parseJson } from '../loopback.js';
import type { Carrier, Carrying, CarryResult } from './slack-carrier.js';
import type { SlackDelivery, SlackDeliveryKind } from './slack-types.js';

/** How a request is signed, and how it is not: whatever is left out is as it should be. */
export interface SlackForgery {
  secret?: string;
  /** Seconds since 1970, or any text. */
  timestamp?: number | string;
  /** The whole header, `v0=…`. */
  signature?: string;
  /** Added last; a `null` takes a header away. */
  headers?: Readonly<Record<string, string | null>>;
  /** `application/json` unless the body begins like a form. */
  contentType?: string;
}

export interface SlackPushAnswer {
  status: number;
  headers: Headers;
  /** Parsed if it is JSON; `null` when empty. */
  body: unknown;
}

export interface SlackPushOptions {
  signingSecret: string;
  ackWithinMs: number;
  now: () => Date;
}

export interface SlackRequestUrls {
  events: string;
  /** Where clicks and forms go; the address for events when left out. */
  interactivity?: string;
  commands?: string;
}

const FORM = 'application/x-www-form-urlencoded';

/** HTTP mode: signed requests to the addresses the app has given. */
export class SlackPushes implements Carrier {
  readonly timeoutReason = 'http_timeout';
  readonly #options: SlackPushOptions;
  #urls: SlackRequestUrls | null = null;

  constructor(options: SlackPushOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#urls !== null;
  }

  set urls(urls: SlackRequestUrls | null) {
    this.#urls = urls;
  }

  carry(delivery: SlackDelivery, { retry, reason }: Carrying): Promise<CarryResult> | null {
    const url = this.#urlFor(delivery.kind);
    if (url === null) return null;
    const retried = { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': reason };
    return this.#push(url, slackBody(delivery), retry > 0 ? retried : {});
  }

  /** One request, signed as told. */
  async signed(url: string, body: string, forgery: SlackForgery = {}): Promise<SlackPushAnswer> {
    const headers = signedHeaders(body, {
      secret: this.#options.signingSecret,
      timestamp: Math.floor(this.#options.now().getTime() / 1000),
      ...forgery,
    });
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(this.#options.ackWithinMs),
    });
    const text = await response.text();
    const parsed = text === '' ? null : (parseJson(text) ?? text);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  /** Whether the address gives a challenge back, as text or as JSON. */
  async verify(url: string, challenge: string): Promise<boolean> {
    const body = JSON.stringify({ token: 'verification-simulator', challenge, type: 'url_verification' });
    const answer = await this.signed(url, body);
    const given = isObject(answer.body) ? answer.body['challenge'] : answer.body;
    return answer.status === 200 && given === challenge;
  }

  #urlFor(kind: SlackDeliveryKind): string | null {
    if (!this.#urls) return null;
    const { events, interactivity = events, commands = interactivity } = this.#urls;
    return { events_api: events, interactive: interactivity, slash_commands: commands }[kind];
  }

  async #push(url: string, body: string, headers: Record<string, string>): Promise<CarryResult> {
    try {
      const answer = await this.signed(url, body, { headers });
      return {
        outcome: answer.status >= 200 && answer.status < 300 ? 'acked' : 'http_error',
        response: answer.body,
        status: answer.status,
        connection: null,
        noRetry: answer.headers.get('x-slack-no-retry') === '1',
      };
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      const outcome = isLate ? 'timeout' : 'connection_failed';
      return { outcome, response: null, status: null, connection: null };
    }
  }
}

/** The body of the HTTP request that carries this: JSON for events, forms for the rest. */
export function slackBody({ kind, payload }: Pick<SlackDelivery, 'kind' | 'payload'>): string {
  if (kind === 'events_api') return JSON.stringify(payload);
  if (kind === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const fields = Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(fields).toString();
}

function signedHeaders(body: string, forgery: SlackForgery): Headers {
  const {
    secret = '',
    timestamp = '',
    contentType = body.startsWith('{') ? 'application/json' : FORM,
  } = forgery;
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = new Headers({
    'content-type': contentType,
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': forgery.signature ?? `v0=${digest}`,
  });
  for (const [name, value] of Object.entries(forgery.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}
