import type { IncomingMessage, ServerResponse } from 'node:http';

import { messageOf, type Clock, type Secret } from '@openloop/kernel';
import type { App, Receiver } from '@slack/bolt';

import type { SlackLog } from '../options.js';
import type { DoorRecord } from './door-record.js';
import type { Intake } from './intake.js';
import { bodyObject, readBody } from './read-body.js';
import { ReplayTable } from './replay-table.js';
import { isSigned, readClaim, type Claim } from './signature.js';

export interface HttpReceiverParts {
  signingSecret: Secret;
  record: Pick<DoorRecord, 'turnAway'>;
  log: SlackLog;
  clock: Clock;
  bodyMs: number;
}

interface Reply {
  status: number;
  body?: object | undefined;
}

const REFUSED_BODY: Readonly<Record<string, number>> = { body_too_large: 413, body_too_slow: 408 };

/**
 * Slack's signed requests. To be mounted at `/slack/events` before anything that reads bodies.
 *
 * 401 with a code for what Slack did not sign, 200 for what is kept or needs no keeping, 503 for what could not be
 * kept, so that Slack sends it again.
 */
export class HttpReceiver implements Receiver {
  readonly #replays: ReplayTable;
  #app: App | undefined;
  #intake: Intake | undefined;

  constructor(private readonly parts: HttpReceiverParts) {
    this.#replays = new ReplayTable(parts.clock);
  }

  init(app: App): void {
    this.#app = app;
  }

  start(intake: Intake): Promise<void> {
    this.#intake = intake;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#intake = undefined;
    return Promise.resolve();
  }

  /** Answers every request itself; never throws. */
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = (reply: Reply): void => send(response, reply);
    this.#serve(request, answer).catch((error: unknown) => {
      this.parts.log.error({ error: messageOf(error) }, 'A Slack request failed');
      answer({ status: 503, body: { error: 'not_recorded' } });
    });
  };

  async #serve(request: IncomingMessage, answer: (reply: Reply) => void): Promise<void> {
    if (request.method !== 'POST') return answer({ status: 405, body: { error: 'method_not_allowed' } });
    const claim = readClaim(request, this.parts.clock.now());
    if (typeof claim === 'string') return answer(this.#refuse(401, claim, request));
    const body = await readBody(request, this.parts.bodyMs);
    if (typeof body === 'string') return answer(this.#refuse(REFUSED_BODY[body] ?? 400, body, request));
    if (!isSigned(this.parts.signingSecret, claim, body.bytes)) {
      return answer(this.#refuse(401, 'signature_wrong', request));
    }
    const read = bodyObject(body.bytes, request.headers['content-type']);
    if (read === null) return answer(this.#refuse(400, 'body_unreadable', request));
    if (read.type === 'url_verification') return answer(verification(read.challenge));
    await this.#take(request, { claim, read, answer });
  }

  async #take(
    request: IncomingMessage,
    { claim, read, answer }: { claim: Claim; read: Record<string, unknown>; answer: (reply: Reply) => void },
  ): Promise<void> {
    const [intake, app] = [this.#intake, this.#app];
    if (!intake || !app) return answer({ status: 503, body: { error: 'not_started' } });
    const isMessage = isMessageEvent(read);
    if (!isMessage && !this.#replays.add(claim.signature))
      return answer(this.#refuse(401, 'replayed', request));
    try {
      const ack = (response?: object): Promise<void> => {
        answer({ status: 200, body: response });
        return Promise.resolve();
      };
      await intake.take(app, { body: read, ...retryOf(request), ack });
    } catch (error) {
      if (read.type === 'event_callback') this.#replays.forget(claim.signature);
      throw error;
    }
  }

  #refuse(status: number, reason: string, request: IncomingMessage): Reply {
    this.parts.record.turnAway(reason, { from: request.socket.remoteAddress ?? 'unknown' });
    return { status, body: { error: reason } };
  }
}

/** The key of a message tells its repeats; anything else is told by the signature it came with. */
function isMessageEvent({ type, event }: Record<string, unknown>): boolean {
  const kind = typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined;
  return type === 'event_callback' && (kind === 'message' || kind === 'app_mention');
}

function verification(challenge: unknown): Reply {
  if (typeof challenge !== 'string' || challenge.length > 1_000) {
    return { status: 400, body: { error: 'challenge_unreadable' } };
  }
  return { status: 200, body: { challenge } };
}

function retryOf({ headers }: IncomingMessage): { retryNum?: number; retryReason?: string } {
  const [count, reason] = [headers['x-slack-retry-num'], headers['x-slack-retry-reason']];
  return {
    ...(typeof count === 'string' && /^\d{1,4}$/.test(count) ? { retryNum: Number(count) } : {}),
    ...(typeof reason === 'string' ? { retryReason: reason } : {}),
  };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  if (body === undefined) return void response.writeHead(status, { 'content-length': 0 }).end();
  const text = JSON.stringify(body);
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  };
  response.writeHead(status, headers).end(text);
}
