import { messageOf } from '@openloop/kernel';
import { readButton, type Account, type Desk, type Details, type Press } from '@openloop/surfaces';

import type { SlackLog } from '../options.js';
import type { Answer } from '../receive/bolt-app.js';
import type { DoorRecord } from '../receive/door-record.js';
import type { Directory } from '../receive/hearing.js';
import type { InHand } from '../receive/in-hand.js';
import type { BlockActions } from '../receive/shapes.js';
import type { SlackWeb } from '../web/slack-web.js';
import { BUTTONS, MAX_TOKEN_CHARS, type ButtonAction } from './actions.js';
import { denyMetadata } from './denial-metadata.js';
import { placeOf, type Place } from './place.js';
import type { Tell } from './tell.js';
import { WORDS } from './words.js';

/** The forms that a press may open, as Slack's views. */
export interface Forms {
  deny(details: Details, privateMetadata: string): object;
  details(details: Details): object;
}

export interface PressParts {
  desk: Pick<Desk, 'decide' | 'mayNotDecide' | 'details'>;
  people: Pick<Directory, 'account'>;
  web: Pick<SlackWeb, 'call'>;
  tell: Pick<Tell, 'privately'>;
  record: Pick<DoorRecord, 'turnAway'>;
  inHand: Pick<InHand, 'later'>;
  forms: Forms;
  /** Takes the press of a test card's button; false when nobody waits for it. */
  roundTrip: (nonce: string, by: Account, channel: string | null) => boolean;
  log: SlackLog;
}

/** A press that names one button of ours, and by whom. */
interface Taken {
  press: Press;
  place: Place;
  triggerId: string | null;
  userId: string;
  answer: Answer;
}

/** Presses of the buttons on our cards. */
export class Presses {
  constructor(private readonly parts: PressParts) {}

  /**
   * The outcome's name. Acknowledges when it is decided what follows; rejects without an ack, after saying so to whoever
   * pressed, when the press could not be recorded: Slack sends a press once.
   */
  async press(pressed: BlockActions, answer: Answer): Promise<string> {
    const [action, ...others] = pressed.actions;
    const verb = BUTTONS.get(action?.action_id ?? '');
    const token = action?.value;
    if (!verb || others.length > 0 || typeof token !== 'string') return this.stray(pressed);
    if (token === '' || token.length > MAX_TOKEN_CHARS) return this.stray(pressed);
    try {
      return await this.#take(pressed, { verb, token, answer });
    } catch (error) {
      this.parts.log.error({ error: messageOf(error) }, 'A press could not be recorded');
      this.#say(pressed, WORDS.notRecorded);
      throw error;
    }
  }

  /** No button, several, or none of ours. */
  stray(pressed: BlockActions): Promise<string> {
    this.parts.record.turnAway('button_invalid', {
      account: pressed.user.id,
      actions: pressed.actions.length,
    });
    this.#say(pressed, WORDS.notValid);
    return Promise.resolve('refused.button_invalid');
  }

  async #take(
    pressed: BlockActions,
    { verb, token, answer }: { verb: ButtonAction; token: string; answer: Answer },
  ): Promise<string> {
    const { people, record, roundTrip } = this.parts;
    const { id: userId, team_id: teamId } = pressed.user;
    const by = await people.account(userId, teamId ?? undefined);
    const place = placeOf(pressed);
    const press: Press = { token, channel: place.channel, by };
    if (!isFor(token, verb)) return this.stray(pressed);
    if (verb === 'test') return roundTrip(token, by, place.channel) ? 'tested' : this.stray(pressed);
    if (by.outsider !== null) {
      record.turnAway('outsider_pressed', { account: by.id, outsider: by.outsider });
      this.#say(pressed, WORDS.outsider);
      return `refused.${by.outsider}`;
    }
    const taken: Taken = { press, place, triggerId: pressed.trigger_id ?? null, userId, answer };
    if (verb === 'approve') return this.#approve(pressed, press);
    return verb === 'deny' ? this.#askWhy(pressed, taken) : this.#showDetails(pressed, taken);
  }

  async #approve(pressed: BlockActions, press: Press): Promise<string> {
    const made = await this.parts.desk.decide(press, null);
    if (made.kind === 'told') this.#say(pressed, made.words);
    return made.kind;
  }

  async #askWhy(pressed: BlockActions, { press, place, triggerId, answer }: Taken): Promise<string> {
    const { desk, forms } = this.parts;
    const [words, details] = await Promise.all([desk.mayNotDecide(press), desk.details(press)]);
    if (words !== null) {
      this.#say(pressed, words);
      return 'told';
    }
    const metadata = denyMetadata(press.token, place);
    if (details === null || metadata === null) return this.stray(pressed);
    await answer();
    return this.#open(pressed, triggerId, forms.deny(details, metadata));
  }

  async #showDetails(pressed: BlockActions, { press, triggerId, answer }: Taken): Promise<string> {
    const details = await this.parts.desk.details(press);
    if (details === null) return this.stray(pressed);
    await answer();
    return this.#open(pressed, triggerId, this.parts.forms.details(details));
  }

  /** A trigger is good for 3 seconds and once. */
  #open(pressed: BlockActions, triggerId: string | null, view: object): string {
    this.parts.inHand.later('form', async () => {
      try {
        await this.parts.web.call('views.open', { trigger_id: triggerId ?? '', view });
      } catch (error) {
        this.parts.log.warn({ error: messageOf(error) }, 'A Slack form could not be opened');
        await this.parts.tell.privately(listenerOf(pressed), WORDS.formNotOpened);
      }
    });
    return 'asked';
  }

  #say(pressed: BlockActions, words: string): void {
    this.parts.inHand.later('words', () => this.parts.tell.privately(listenerOf(pressed), words));
  }
}

/** A token of ours says what it is for; one that does not is the desk's to refuse. */
export function isFor(token: string, verb: ButtonAction): boolean {
  return (readButton(token)?.verb ?? verb) === verb;
}

function listenerOf(pressed: BlockActions) {
  const { channel, thread } = placeOf(pressed);
  return { userId: pressed.user.id, channel, thread };
}
