import type { IncomingMessage, ServerResponse } from 'node:http';

import { AppError, systemClock, type Clock } from '@openloop/kernel';
import type { Check, Desk, Found, Shown, Surface, ToShow } from '@openloop/surfaces';

import { slackChecks } from './checks.js';
import { denyModal } from './modals/deny-modal.js';
import { detailsModal } from './modals/details-modal.js';
import { timingsOf, type SlackOptions, type SlackTimings } from './options.js';
import { SlackPeople } from './people/slack-people.js';
import { channelId } from './receive/channel-id.js';
import { DoorRecord } from './receive/door-record.js';
import { HttpReceiver } from './receive/http-receiver.js';
import { InHand } from './receive/in-hand.js';
import { inbound } from './receive/inbound.js';
import type { Intake } from './receive/intake.js';
import { SocketReceiver } from './receive/socket-receiver.js';
import { RoundTrips } from './round-trip.js';
import { SlackShow } from './show/slack-show.js';
import { slackErrorOf } from './web/slack-error.js';
import { SlackWeb, type Self } from './web/slack-web.js';

/** A plain listener for Node's server. */
export type HttpListener = (request: IncomingMessage, response: ServerResponse) => void;

export interface ConnectedSurface extends Surface {
  /** In HTTP mode: to be mounted at `/slack/events`, before anything that reads bodies. */
  httpHandler?: HttpListener;
}

/** Slack as a {@link Surface}: what people say and press goes to the desk, and cards and answers come from it. */
export function slackSurface(options: SlackOptions, desk: Desk): ConnectedSurface {
  return new SlackSurface(options, desk);
}

class SlackSurface implements ConnectedSurface {
  readonly name = 'slack';
  readonly httpHandler?: HttpListener;
  readonly #web: SlackWeb;
  readonly #show: SlackShow;
  readonly #roundTrips: RoundTrips;
  readonly #record: DoorRecord;
  readonly #inHand: InHand;
  readonly #timings: SlackTimings;
  readonly #receiver: HttpReceiver | SocketReceiver;
  #people: SlackPeople | undefined;
  #intake: Intake | undefined;

  constructor(
    private readonly options: SlackOptions,
    private readonly desk: Desk,
  ) {
    const { botToken, apiUrl, log, clock = systemClock } = options;
    this.#timings = timingsOf(options);
    this.#web = new SlackWeb({ token: botToken, ...(apiUrl === undefined ? {} : { apiUrl }) });
    this.#show = new SlackShow(this.#web);
    this.#roundTrips = new RoundTrips(this.#web, (channel) => channelId(this.#web, channel));
    this.#record = new DoorRecord(desk, log, clock);
    this.#inHand = new InHand(log);
    this.#receiver = this.#makeReceiver(clock);
    if (this.#receiver instanceof HttpReceiver) this.httpHandler = this.#receiver.listener;
  }

  async start(): Promise<void> {
    const self = await this.#self();
    const { options, desk } = this;
    const { app, intake } = inbound({
      options,
      desk,
      self,
      people: await this.#directory(),
      web: this.#web,
      record: this.#record,
      inHand: this.#inHand,
      receiver: this.#receiver,
      forms: {
        deny: ({ card: { summary } }, privateMetadata) => denyModal({ summary, privateMetadata }),
        details: detailsModal,
      },
      roundTrip: (nonce, by, channel) => this.#roundTrips.pressed(nonce, by, channel),
    });
    this.#intake = intake;
    this.#receiver.init(app);
    await this.#receiver.start(intake);
  }

  /** Takes nothing more, waits for what is in hand, then disconnects. */
  async stop(): Promise<void> {
    this.#intake?.close();
    await this.#inHand.drain(this.#timings.drainMs);
    await this.#receiver.stop();
    await this.#record.settle();
  }

  show(wanted: ToShow): Promise<Shown> {
    return this.#show.show(wanted);
  }

  async find(handle: string): Promise<Found> {
    return (await this.#directory()).find(handle);
  }

  async isMember(accountId: string): Promise<boolean> {
    const [teamId = '', userId = ''] = accountId.split('/');
    return (await (await this.#directory()).account(userId, teamId)).outsider === null;
  }

  async members(groupId: string): Promise<readonly string[]> {
    return (await this.#directory()).members(groupId);
  }

  checks(channels: readonly string[]): Promise<Check[]> {
    return slackChecks(this.options, { channels, find: (handle) => this.find(handle) });
  }

  test(channel: string, withinMs: number): Promise<Check[]> {
    return this.#roundTrips.run(channel, withinMs);
  }

  async #directory(): Promise<SlackPeople> {
    const { teamId } = await this.#self();
    return (this.#people ??= new SlackPeople(this.#web, teamId));
  }

  async #self(): Promise<Self> {
    try {
      return await this.#web.self();
    } catch (error) {
      throw notOurs(error);
    }
  }

  #makeReceiver(clock: Clock): HttpReceiver | SocketReceiver {
    const { mode, apiUrl, log } = this.options;
    const { bodyMs } = this.#timings;
    const record = this.#record;
    if (mode.kind === 'http') {
      return new HttpReceiver({ signingSecret: mode.signingSecret, record, log, clock, bodyMs });
    }
    const { appToken } = mode;
    const timings = this.#timings;
    return new SocketReceiver({
      appToken,
      record,
      log,
      timings,
      ...(apiUrl === undefined ? {} : { apiUrl }),
    });
  }
}

const REFUSED = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);

function notOurs(error: unknown): AppError {
  const { code } = slackErrorOf(error);
  if (REFUSED.has(code) || code === 'not_allowed_token_type') {
    const hint = 'Copy the bot token (xoxb-…) of the installed app again: OAuth & Permissions';
    return new AppError('invalid', 'slack.bot_token_refused', `Slack refused the bot token: ${code}`, {
      hint,
    });
  }
  const hint = 'See whether slack.com is reachable from here';
  return new AppError('unavailable', 'slack.unavailable', `Slack did not answer: ${code}`, { hint });
}
