import { listen, type JsonObject, type ListenOptions, type Loopback } from '../loopback.js';
import type { SlackDisorder } from './slack-disorder.js';
import type { SlackArming } from './slack-faults.js';
import type { SlackSubmitted } from './slack-interactions.js';
import type { SlackLedger } from './slack-ledger.js';
import { settingsOf, type SlackSimulatorOptions } from './slack-options.js';
import type { SlackFilledIn, SlackPressOptions } from './slack-press.js';
import type { SlackForgery, SlackPushAnswer, SlackRequestUrls } from './slack-pushes.js';
import type {
  SlackActed,
  SlackChannelSeed,
  SlackDelivery,
  SlackDeliveryKind,
  SlackGroupSeed,
  SlackMessageRef,
  SlackSaid,
  SlackUserSeed,
} from './slack-types.js';
import { wire, type SlackParts } from './slack-wiring.js';
import type { SlackBot, SlackTeam } from './slack-workspace.js';

export interface SlackLoopback extends Loopback {
  /** For `clientOptions.slackApiUrl`. */
  apiUrl: string;
}

/**
 * Slack on the loopback, as Bolt, its web client and its socket client speak it: one workspace with one app in
 * it, the people who use it, Socket Mode and HTTP. It misbehaves on demand and keeps a ledger of what happened.
 *
 * ```ts
 * const slack = new SlackSimulator();
 * const server = await slack.start();
 * const dev = slack.seedChannel({ name: 'dev' });
 * const priya = slack.seedUser({ name: 'priya' });
 * const app = new App({
 *   token: slack.botToken, appToken: slack.appToken, socketMode: true,
 *   clientOptions: { slackApiUrl: server.apiUrl },
 * });
 * app.event('app_mention', async ({ event, say }) => say({ text: 'On it', thread_ts: event.ts }));
 * await app.start();
 * const said = await slack.says(priya, dev, '@openloop list the open issues');
 * expect(said.acked).toBe(true);
 * slack.ledger.posts(dev, said.thread);                      // what the app has posted there
 * await slack.presses(priya, { channel: dev, ts }, 'approve'); // a button of one of those posts
 * slack.arm({ method: 'chat.postMessage', fault: slackFaults.postedThenTimeout() });
 * ```
 *
 * Where a user or a channel is named, its id and its name do.
 */
export class SlackSimulator {
  readonly ledger: SlackLedger;
  readonly team: SlackTeam;
  readonly bot: SlackBot;
  readonly botToken: string;
  readonly appToken: string;
  /** For `apps.manifest.*`. */
  readonly configToken: string;
  readonly signingSecret: string;
  readonly #parts: SlackParts;

  constructor(options: SlackSimulatorOptions = {}) {
    const settings = settingsOf(options);
    this.team = settings.team;
    this.bot = settings.bot;
    this.botToken = settings.botToken;
    this.appToken = settings.appToken;
    this.configToken = settings.configToken;
    this.signingSecret = settings.signingSecret;
    this.#parts = wire(settings);
    this.ledger = this.#parts.ledger;
  }

  async start(options?: ListenOptions): Promise<SlackLoopback> {
    const { url, close } = await listen(
      (request, response) => this.#parts.api.serve(request, response),
      options,
      (incoming, socket, head) => this.#parts.sockets.upgrade(incoming, socket, head),
    );
    this.#parts.responseUrls.root = url;
    return {
      url,
      apiUrl: `${url}/api/`,
      close: async () => {
        this.#parts.outbox.close();
        this.#parts.sockets.drop();
        await close();
      },
    };
  }

  // What there is.

  /** Gives the id. A user who is there already is changed: renamed, deactivated. */
  seedUser(seed: SlackUserSeed): string {
    return this.#parts.workspace.addUser(seed).id;
  }

  /** Gives the id. Our bot is in it unless `hasBot` is false. */
  seedChannel(seed: SlackChannelSeed): string {
    return this.#parts.workspace.addChannel(seed).id;
  }

  /** Gives the id. */
  seedGroup(seed: SlackGroupSeed): string {
    return this.#parts.workspace.addGroup(seed).id;
  }

  /** The id of the direct conversation between this person and our bot. */
  direct(user: string): string {
    return this.#parts.workspace.directWith(this.#parts.acts.person(user).id).id;
  }

  archive(channel: string, isArchived = true): void {
    this.#parts.acts.channel(channel).isArchived = isArchived;
  }

  /** What our bot has been granted from now on. */
  grant(scopes: readonly string[]): void {
    this.#parts.api.scopes = scopes;
  }

  // What people do. Each resolves when the app has acked, or the first attempt to tell it is over.

  /** `@name` and `@group` become mentions. A mention of our bot is told twice: `app_mention` and `message`. */
  says(user: string, channel: string, text: string, options: { thread?: string } = {}): Promise<SlackSaid> {
    return this.#parts.acts.says(user, channel, text, options);
  }

  edits(user: string, message: SlackMessageRef, text: string): Promise<SlackActed> {
    return this.#parts.acts.edits(user, message, text);
  }

  deletes(user: string, message: SlackMessageRef): Promise<SlackActed> {
    return this.#parts.acts.deletes(user, message);
  }

  reacts(user: string, message: SlackMessageRef, name: string): Promise<SlackActed> {
    return this.#parts.acts.reacts(user, message, name);
  }

  unreacts(user: string, message: SlackMessageRef, name: string): Promise<SlackActed> {
    return this.#parts.acts.unreacts(user, message, name);
  }

  joins(user: string, channel: string): Promise<SlackActed> {
    return this.#parts.acts.joins(user, channel);
  }

  /** With our bot's id: it is removed from the channel. */
  leaves(user: string, channel: string): Promise<SlackActed> {
    return this.#parts.acts.leaves(user, channel);
  }

  changesGroup(group: string, members: readonly string[]): Promise<SlackActed> {
    return this.#parts.acts.changesGroup(group, members);
  }

  opensHome(user: string, tab: 'home' | 'messages' = 'home'): Promise<SlackActed> {
    return this.#parts.acts.opensHome(user, tab);
  }

  /** Presses the Stop button of a session, by the first message of its thread. */
  stops(user: string, thread: SlackMessageRef): Promise<SlackActed> {
    return this.#parts.acts.stops(user, thread);
  }

  /** Presses a button, or chooses from a menu, of a message (also one that only this person sees) or of a view. */
  presses(
    user: string,
    place: SlackMessageRef | { id: string },
    actionId: string,
    options: SlackPressOptions = {},
  ): Promise<SlackDelivery> {
    return this.#parts.interactions.presses(user, place, { ...options, actionId });
  }

  /** Picks a shortcut, by its callback id: from the menu of a message, or from anywhere. */
  picks(user: string, callbackId: string, message: SlackMessageRef | null = null): Promise<SlackDelivery> {
    return this.#parts.interactions.picks(user, callbackId, message);
  }

  submits(user: string, view: { id: string }, filledIn: SlackFilledIn = {}): Promise<SlackSubmitted> {
    return this.#parts.interactions.submits(user, view.id, filledIn);
  }

  /** `null` when the app has not asked to be told. */
  closes(user: string, view: { id: string }): Promise<SlackDelivery | null> {
    return this.#parts.interactions.closes(user, view.id);
  }

  /** `/openloop usage`. What the ack carries is in the ledger's ephemerals. */
  uses(user: string, channel: string, command: string, text = ''): Promise<SlackDelivery> {
    return this.#parts.interactions.uses(user, channel, { command, text });
  }

  // How the app is told.

  /** HTTP mode from now on. Checks each address first, as Slack does. @throws when one fails the check. */
  async deliverTo(urls: string | SlackRequestUrls): Promise<void> {
    const wanted = typeof urls === 'string' ? { events: urls } : urls;
    if (!(await this.verifyUrl(wanted.events)))
      throw new Error('The address did not give the challenge back');
    this.#parts.pushes.urls = wanted;
  }

  /** Socket Mode from now on, which is also how it begins. */
  deliverBySocket(): void {
    this.#parts.pushes.urls = null;
  }

  /** Sends a signed `url_verification` and says whether its challenge came back. */
  async verifyUrl(url: string): Promise<boolean> {
    return this.#parts.pushes.verify(url, this.#parts.workspace.ids.next('challenge'));
  }

  /** Sockets that take events. */
  get openSockets(): number {
    return this.#parts.sockets.open;
  }

  /** Sockets there have ever been. */
  get openedSockets(): number {
    return this.#parts.sockets.opened;
  }

  /** Resolves as soon as the app has opened this many sockets since the start. */
  untilOpened(sockets: number): Promise<void> {
    return this.#parts.sockets.untilOpened(sockets);
  }

  /** Asks the app to open new sockets. Nothing more comes over the old ones, except after a mere warning. */
  refreshSockets(reason: 'refresh_requested' | 'warning' | 'link_disabled' = 'refresh_requested'): void {
    this.#parts.sockets.refresh(reason);
  }

  /** Cuts every socket, without a word. */
  dropSockets(): void {
    this.#parts.sockets.drop();
  }

  /** Holds back what `act` causes, then delivers it shuffled, each event several times. */
  inDisorder(disorder: SlackDisorder, act: () => Promise<unknown>): Promise<readonly SlackDelivery[]> {
    return this.#parts.outbox.inDisorder(disorder, act);
  }

  /** Resolves when nothing is being sent and no retry is due. */
  settled(): Promise<void> {
    return this.#parts.outbox.settled();
  }

  // What goes wrong.

  /** The next matching call, or the next few, will go wrong. */
  arm(arming: SlackArming): void {
    this.#parts.api.faults.arm(arming);
  }

  /** Armings that have not gone off in full. */
  get armed(): number {
    return this.#parts.api.faults.waiting;
  }

  /** Everything that is late has now happened and everything unlisted is listed; what is armed is disarmed. */
  settle(): void {
    this.#parts.api.settle();
  }

  /** An event callback as Slack would send it, to be forged or sent by hand. */
  callback(event: JsonObject, forged: { eventId?: string; teamId?: string } = {}): JsonObject {
    return this.#parts.payloads.event(event, forged);
  }

  /** Delivers any payload the way the app is told now, with retries if it is an event. */
  sends(kind: SlackDeliveryKind, payload: JsonObject): Promise<SlackDelivery> {
    return this.#parts.outbox.deliver({
      id: this.#parts.workspace.ids.next('X'),
      kind,
      about: 'by hand',
      payload,
    });
  }

  /** One HTTP request, signed with what is given and correctly where nothing is. `slackBody` makes bodies. */
  signed(url: string, body: string, forgery: SlackForgery = {}): Promise<SlackPushAnswer> {
    return this.#parts.pushes.signed(url, body, forgery);
  }
}
