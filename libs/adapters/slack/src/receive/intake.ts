import type { App, ReceiverEvent } from '@slack/bolt';
import type { Self } from '../web/slack-web.js';
import { readDelivery, type Delivered } from './delivery.js';
import type { DoorRecord } from './door-record.js';
import type { InHand } from './in-hand.js';
import { Passage } from './passage.js';

/** A delivery that is known to come from Slack. */
export interface Arrival {
  body: Record<string, unknown>;
  /** Slack's count of earlier tries. Never a reason to drop one: the first to arrive may be a retry. */
  retryNum?: number | undefined;
  retryReason?: string | undefined;
  /** Tells Slack that it arrived. Called at most once. */
  ack: (response?: object) => Promise<void>;
}

export interface IntakeParts {
  self: Self;
  record: Pick<DoorRecord, 'turnAway'>;
  inHand: InHand;
  /** A press that names no single button: Bolt has no place for it. */
  strayPress: (press: Extract<Delivered, { kind: 'press' }>['press']) => Promise<string>;
}

/**
 * Lets one delivery through Bolt and holds the real ack back: Bolt acknowledges an event before its listeners run,
 * and here nothing is acknowledged before it is kept.
 */
export class Intake {
  #isOpen = true;

  constructor(private readonly parts: IntakeParts) {}

  /** What comes from now on is left for Slack to deliver again. */
  close(): void {
    this.#isOpen = false;
  }

  /** The outcome's name, after the ack. Rejects without an ack when the delivery was not kept. */
  take(app: Pick<App, 'processEvent'>, arrival: Arrival): Promise<string> {
    if (!this.#isOpen) return Promise.reject(new Error('The surface is stopping'));
    return this.parts.inHand.run(() => this.#take(app, arrival));
  }

  async #take(app: Pick<App, 'processEvent'>, arrival: Arrival): Promise<string> {
    const ack = once(arrival.ack);
    const delivered = readDelivery(arrival.body, this.parts.self.teamId);
    const outcome =
      delivered.kind === 'ignored'
        ? this.#ignore(delivered)
        : await this.#through(app, { ...arrival, ack }, delivered);
    await ack();
    return outcome;
  }

  #ignore({ why, isRefused }: { why: string; isRefused: boolean }): string {
    if (isRefused) this.parts.record.turnAway(why);
    return `ignored.${why}`;
  }

  async #through(app: Pick<App, 'processEvent'>, arrival: Arrival, delivered: Delivered): Promise<string> {
    if (delivered.kind === 'press' && delivered.press.actions.length !== 1) {
      return this.parts.strayPress(delivered.press);
    }
    const passage = new Passage(delivered);
    const isEvent = delivered.kind === 'event';
    const event: ReceiverEvent = {
      body: bodyForBolt(delivered, this.parts.self.teamId),
      ack: isEvent ? () => Promise.resolve() : (response?: object) => arrival.ack(response),
      customProperties: passage.asProperties(),
    };
    if (arrival.retryNum !== undefined) event.retryNum = arrival.retryNum;
    if (arrival.retryReason !== undefined) event.retryReason = arrival.retryReason;
    await app.processEvent(event);
    return passage.outcome;
  }
}

/** Only what was read and understood: Bolt reads fields it does not need, and throws at a `null` among them. */
function bodyForBolt(delivered: Delivered, teamId: string): Record<string, unknown> {
  const team = { id: teamId };
  if (delivered.kind === 'press') {
    const { type, user, actions } = delivered.press;
    return { type, team, user: { id: user.id }, actions };
  }
  if (delivered.kind === 'submission') {
    const { type, user, view } = delivered.submission;
    return { type, team, user: { id: user.id }, view: { callback_id: view.callback_id } };
  }
  return { type: 'event_callback', team_id: teamId, event: { type: delivered.event.type } };
}

function once(ack: Arrival['ack']): Arrival['ack'] {
  let sent: Promise<void> | undefined;
  return (response) => (sent ??= ack(response));
}
