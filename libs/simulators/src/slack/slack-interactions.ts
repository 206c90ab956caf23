import { isObject, textOf, type JsonObject } from '../loopback.js';
import type { SlackActs } from './slack-acts.js';
import { versionOf } from './slack-chat.js';
import type { SlackOutbox } from './slack-outbox.js';
import type { SlackPayloads } from './slack-payloads.js';
import { pressedAction, stateValues, type SlackFilledIn, type SlackPressOptions } from './slack-press.js';
import type { SlackDelivery, SlackMessageRef } from './slack-types.js';
import { change, checkedView } from './slack-views.js';
import { latest, type SlackWorkspace, type StoredView } from './slack-workspace.js';

/** How a form was taken. */
export interface SlackSubmitted {
  acked: boolean;
  ackMs: number | null;
  /** What the ack carried. */
  response: unknown;
  /** What the person is told is wrong, by block id. */
  errors: Readonly<Record<string, string>>;
  /** Whether the form is still before the person. */
  isOpen: boolean;
  delivery: SlackDelivery;
}

export interface SlackInteractionsOptions {
  workspace: SlackWorkspace;
  payloads: SlackPayloads;
  outbox: SlackOutbox;
  acts: SlackActs;
}

/** Clicks, forms and commands: what the app answers with its ack is shown to the person. */
export class SlackInteractions {
  readonly #workspace: SlackWorkspace;
  readonly #payloads: SlackPayloads;
  readonly #outbox: SlackOutbox;
  readonly #acts: SlackActs;

  constructor({ workspace, payloads, outbox, acts }: SlackInteractionsOptions) {
    this.#workspace = workspace;
    this.#payloads = payloads;
    this.#outbox = outbox;
    this.#acts = acts;
  }

  async presses(
    userId: string,
    place: SlackMessageRef | { id: string },
    { actionId, ...options }: SlackPressOptions & { actionId: string },
  ): Promise<SlackDelivery> {
    const user = this.#acts.person(userId);
    const actionTs = this.#workspace.ids.ts();
    if ('id' in place) {
      const view = this.#openView(place.id, user.id);
      const action = pressedAction(view.blocks, actionId, { ...options, actionTs });
      return this.#interact('block_actions', this.#payloads.viewClick(user, view, action));
    }
    const message = this.#acts.message(place);
    if (message.isDeleted && options.version === undefined)
      throw new Error(`Message ${message.ts} is deleted`);
    const shown = options.version === undefined ? latest(message) : message.versions[options.version];
    if (!shown) throw new Error(`Message ${message.ts} has no version ${options.version}`);
    const action = pressedAction(shown.blocks, actionId, { ...options, actionTs });
    const channel = this.#acts.channel(message.channel);
    return this.#interact('block_actions', this.#payloads.click(user, { channel, message }, action));
  }

  async picks(userId: string, callbackId: string, ref: SlackMessageRef | null): Promise<SlackDelivery> {
    const user = this.#acts.person(userId);
    const message = ref && this.#acts.message(ref);
    const place = message && { channel: this.#acts.channel(message.channel), message };
    const about = place ? 'message_action' : 'shortcut';
    return this.#interact(about, this.#payloads.shortcut(user, callbackId, place));
  }

  async submits(userId: string, viewId: string, filledIn: SlackFilledIn): Promise<SlackSubmitted> {
    const user = this.#acts.person(userId);
    const view = this.#openView(viewId, user.id);
    const values = stateValues(view.blocks, filledIn);
    const delivery = await this.#interact('view_submission', this.#payloads.submission(user, view, values));
    const { acked, ackMs, response } = delivery;
    if (acked) this.#take(view, isObject(response) ? response : {});
    return { acked, ackMs, response, errors: view.errors, isOpen: view.isOpen, delivery };
  }

  async closes(userId: string, viewId: string): Promise<SlackDelivery | null> {
    const user = this.#acts.person(userId);
    const view = this.#openView(viewId, user.id);
    view.isOpen = false;
    if (view.source['notify_on_close'] !== true) return null;
    return this.#interact('view_closed', this.#payloads.viewClosed(user, view));
  }

  async uses(
    userId: string,
    channelId: string,
    wanted: { command: string; text: string },
  ): Promise<SlackDelivery> {
    const user = this.#acts.person(userId);
    const channel = this.#acts.channel(channelId);
    const payload = this.#payloads.command(user, channel, wanted);
    const id = this.#workspace.ids.next('I');
    const delivery = await this.#outbox.deliver({
      id,
      kind: 'slash_commands',
      about: wanted.command,
      payload,
    });
    const { response } = delivery;
    const answer = typeof response === 'string' ? { text: response } : response;
    if (delivery.acked && isObject(answer) && Object.keys(answer).length > 0) {
      this.#show(answer, channel.id, user.id);
    }
    return delivery;
  }

  #interact(about: string, payload: JsonObject): Promise<SlackDelivery> {
    return this.#outbox.deliver({ id: this.#workspace.ids.next('I'), kind: 'interactive', about, payload });
  }

  #openView(id: string, userId: string): StoredView {
    const view = this.#workspace.views.get(id);
    if (view?.isOpen !== true || view.user !== userId) throw new Error(`${userId} has no open view ${id}`);
    return view;
  }

  /** What the ack of a submission asks for. Errors for a block that is not there are shown to nobody. */
  #take(view: StoredView, response: JsonObject): void {
    switch (response['response_action']) {
      case 'errors':
        view.errors = knownErrors(view, response['errors']);
        return;
      case 'update':
        change(this.#workspace, view, checkedView(response['view'], 'modal'));
        return;
      case 'clear':
        for (const each of this.#workspace.views.values()) {
          if (each.type === 'modal' && each.user === view.user) each.isOpen = false;
        }
        return;
      default:
        view.errors = {};
        view.isOpen = false;
    }
  }

  #show(args: JsonObject, channel: string, user: string): void {
    const workspace = this.#workspace;
    const now = workspace.ids.now();
    const version = versionOf({ args, now, workspace }, 'response_url');
    const { userId, botId } = workspace.bot;
    const ephemeralTo = args['response_type'] === 'in_channel' ? null : user;
    workspace.addMessage(
      { channel, threadTs: null, user: userId, botId, ephemeralTo, listedFrom: 0 },
      version,
    );
  }
}

function knownErrors({ blocks }: StoredView, errors: unknown): Record<string, string> {
  if (!isObject(errors)) return {};
  const known = Object.entries(errors).filter(([id]) => blocks.some((block) => block['block_id'] === id));
  return Object.fromEntries(known.map(([id, problem]) => [id, textOf(problem)]));
}
