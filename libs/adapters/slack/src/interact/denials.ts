import { messageOf } from '@openloop/kernel';
import type { Account, Pressed, Reason } from '@openloop/surfaces';

import { DENY_FORM, MOST_REASON } from '../modals/deny-modal.js';
import type { Answer } from '../receive/bolt-app.js';
import type { ViewSubmission } from '../receive/shapes.js';
import { readDenyMetadata, type DenialMetadata } from './denial-metadata.js';
import { isFor, type PressParts } from './presses.js';
import { WORDS } from './words.js';

type DenialParts = Pick<PressParts, 'desk' | 'people' | 'tell' | 'record' | 'inHand' | 'log'>;

interface Filled {
  reason: Reason;
  /** The block that a complaint is shown at. */
  block: string;
}

/** Denials with a reason, from the form that {@link Presses} opened. */
export class Denials {
  constructor(private readonly parts: DenialParts) {}

  /** The outcome's name. What cannot be recorded is said in the form, which stays open. */
  async submit(submission: ViewSubmission, answer: Answer): Promise<string> {
    const { view, user } = submission;
    const metadata =
      view.callback_id === DENY_FORM.callbackId ? readDenyMetadata(view.private_metadata) : null;
    const filled = filledIn(view.state.values);
    if (metadata === null || filled === null || !isFor(metadata.token, 'deny')) return this.#invalid(user.id);
    if ([...(filled.reason.text ?? '')].length > MOST_REASON) {
      await answer(complaint(filled.block, WORDS.reasonTooLong));
      return 'refused.reason_too_long';
    }
    try {
      return await this.#decide(submission, metadata, filled.reason);
    } catch (error) {
      this.parts.log.error({ error: messageOf(error) }, 'A denial could not be recorded');
      await answer(complaint(filled.block, WORDS.notRecorded));
      return 'not_recorded';
    }
  }

  async #decide({ user }: ViewSubmission, metadata: DenialMetadata, reason: Reason): Promise<string> {
    const by = await this.parts.people.account(user.id, user.team_id ?? undefined);
    if (by.outsider !== null) return this.#refuse(user.id, metadata, by);
    const { token, channel } = metadata;
    const made: Pressed = await this.parts.desk.decide({ token, channel, by }, reason);
    if (made.kind === 'told') this.#say(user.id, metadata, made.words);
    return made.kind;
  }

  #refuse(userId: string, metadata: DenialMetadata, { id, outsider }: Account): string {
    this.parts.record.turnAway('outsider_pressed', { account: id, outsider: outsider ?? '' });
    this.#say(userId, metadata, WORDS.outsider);
    return `refused.${outsider}`;
  }

  #invalid(userId: string): string {
    this.parts.record.turnAway('form_invalid', { account: userId });
    this.#say(userId, { channel: null, thread: null }, WORDS.notValid);
    return 'refused.form_invalid';
  }

  #say(userId: string, place: Pick<DenialMetadata, 'channel' | 'thread'>, words: string): void {
    const { channel, thread } = place;
    this.parts.inHand.later('words', () => this.parts.tell.privately({ userId, channel, thread }, words));
  }
}

/** Read by kind, not by name: the form has one text and one choice. Who leaves the choice open stops nothing else. */
function filledIn(values: ViewSubmission['view']['state']['values']): Filled | null {
  const fields = Object.entries(values).flatMap(([block, actions]) =>
    Object.values(actions).map((field) => ({ block, ...field })),
  );
  const text = fields.find(({ type }) => type === 'plain_text_input');
  const choice = fields.find(({ type }) => type === 'radio_buttons');
  if (!text) return null;
  const next = choice?.selected_option?.value === 'stop' ? 'stop' : 'continue';
  return { reason: { text: text.value?.trim() || null, next }, block: text.block };
}

function complaint(block: string, words: string): object {
  return { response_action: 'errors', errors: { [block]: words } };
}
