import { createHmac } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Secret } from '@openloop/kernel';
import { FixedClock } from '@openloop/kernel/testing';
import type { Account } from '@openloop/surfaces';

import { DoorRecord } from '../../src/receive/door-record.js';
import type { Directory } from '../../src/receive/hearing.js';
import { HttpReceiver } from '../../src/receive/http-receiver.js';
import { InHand } from '../../src/receive/in-hand.js';
import { inbound } from '../../src/receive/inbound.js';
import { RecordingDesk } from '../../src/receive/testing/recording-desk.js';

export const SELF = { teamId: 'T0ACME', userId: 'U0BOT', botId: 'B0BOT' };
export const SIGNING_SECRET = 'the signing secret of the app under test';

export interface Sent {
  status: number;
  body: Record<string, unknown>;
}

/** One request exactly as given: the headers go out as these pairs, in this spelling and as often. */
export interface Raw {
  body: Buffer | string;
  headers: [name: string, value: string][];
  method?: string;
}

interface WebCall {
  method: string;
  args: Record<string, unknown>;
}

/** The way in over HTTP with a real server and a real Bolt app, and with people and the Web API faked. */
export class HttpRig {
  readonly desk = new RecordingDesk();
  readonly clock = new FixedClock();
  readonly calls: WebCall[] = [];
  readonly logged: string[] = [];
  /** Answers a Web API call, or throws. */
  onCall: (method: string, args: Record<string, unknown>) => unknown = () => ({ ok: true });
  onAccount: (userId: string, teamId?: string) => Promise<Account> = (userId) =>
    Promise.resolve(member(userId));
  lookedUp = 0;
  readonly inHand: InHand;
  readonly record: DoorRecord;
  readonly #server: Server;
  #url = '';

  private constructor(bodyMs: number) {
    const say = (_fields: object, words: string): void => void this.logged.push(words);
    const log = { error: say, warn: say, info: say };
    this.inHand = new InHand(log);
    this.record = new DoorRecord(this.desk, log, this.clock);
    const signingSecret = new Secret(SIGNING_SECRET);
    const receiver = new HttpReceiver({ signingSecret, record: this.record, log, clock: this.clock, bodyMs });
    const people: Directory = {
      account: (userId, teamId) => {
        this.lookedUp += 1;
        return this.onAccount(userId, teamId);
      },
      channelName: () => Promise.resolve('dev-platform'),
    };
    const web = {
      call: <T>(method: string, args: Record<string, unknown> = {}): Promise<T> =>
        this.#call(method, args) as Promise<T>, // a fake answers what the test says
    };
    const { intake } = inbound({
      options: { botToken: new Secret('xoxb-test'), log },
      desk: this.desk,
      self: SELF,
      people,
      web,
      record: this.record,
      inHand: this.inHand,
      receiver,
      forms: {
        deny: (_details, metadata) => ({ type: 'modal', private_metadata: metadata }),
        details: (details) => ({ type: 'modal', details }),
      },
      roundTrip: (nonce) => nonce === 'nonce',
    });
    void receiver.start(intake);
    this.#server = createServer(receiver.listener);
  }

  static async start({ bodyMs = 5_000 } = {}): Promise<HttpRig> {
    const rig = new HttpRig(bodyMs);
    await new Promise<void>((resolve) => rig.#server.listen(0, '127.0.0.1', resolve));
    const { port } = rig.#server.address() as AddressInfo; // listening on a port, not on a pipe
    rig.#url = `http://127.0.0.1:${port}/slack/events`;
    return rig;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Everything that was begun has ended, and every refusal is on record. */
  async settle(): Promise<void> {
    await this.inHand.drain(5_000);
    await this.record.settle();
  }

  send({ body, headers, method = 'POST' }: Raw): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(body);
      const flat = [...headers, ['content-length', String(bytes.length)]].flat();
      const sent = request(
        this.#url,
        { method, agent: false, headers: ['host', 'slack.test', ...flat] },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const read = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>); // our own answers are objects
            resolve({ status: answer.statusCode ?? 0, body: read });
          });
        },
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  }

  /** An event as Slack sends it, signed now. */
  event(event: unknown, more: Record<string, unknown> = {}, headers: Raw['headers'] = []): Promise<Sent> {
    return this.send(this.signed(JSON.stringify({ ...envelope(event), ...more }), { headers }));
  }

  /** An interaction as Slack sends it, signed now. */
  interaction(payload: object): Promise<Sent> {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    return this.send(this.signed(body, { type: 'application/x-www-form-urlencoded' }));
  }

  signed(
    body: string,
    { type = 'application/json', headers = [] }: { type?: string; headers?: Raw['headers'] } = {},
  ): Raw {
    const timestamp = String(Math.floor(this.clock.now().getTime() / 1000));
    const signature = sign(SIGNING_SECRET, timestamp, body);
    return {
      body,
      headers: [
        ['content-type', type],
        ['X-Slack-Request-Timestamp', timestamp],
        ['X-Slack-Signature', signature],
        ...headers,
      ],
    };
  }

  async #call(method: string, args: Record<string, unknown>): Promise<unknown> {
    this.calls.push({ method, args });
    return this.onCall(method, args);
  }
}

export function sign(secret: string, timestamp: string, body: Buffer | string, version = 'v0'): string {
  return `${version}=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}

export function member(userId: string): Account {
  return { surface: 'slack', id: `T0ACME/${userId}`, name: userId.slice(2).toLowerCase(), outsider: null };
}

export function envelope(event: unknown): Record<string, unknown> {
  return { token: 'x', team_id: 'T0ACME', api_app_id: 'A0', type: 'event_callback', event_id: 'Ev0', event };
}

export function message(more: Record<string, unknown> = {}): Record<string, unknown> {
  const event = {
    type: 'message',
    channel: 'C0DEV',
    channel_type: 'channel',
    user: 'U0PRIYA',
    ts: '1700000000.000100',
  };
  return { ...event, text: 'hello', event_ts: event.ts, team: 'T0ACME', ...more };
}

export function press(action: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'block_actions',
    user: { id: 'U0MAX', team_id: 'T0ACME' },
    team: { id: 'T0ACME' },
    channel: { id: 'C0DEV' },
    container: {
      type: 'message',
      channel_id: 'C0DEV',
      message_ts: '1700000001.000100',
      thread_ts: '1700000000.000100',
    },
    message: { ts: '1700000001.000100' },
    trigger_id: '1.2.abc',
    actions: Array.isArray(action)
      ? action
      : [{ type: 'button', block_id: 'b', action_ts: '1.0', ...Object(action) }],
    ...more,
  };
}
