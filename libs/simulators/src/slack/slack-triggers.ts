import { SlackRefusal } from './slack-refusal.js';

const GOOD_FOR_MS = 3000;

/** Trigger ids: each opens one modal, within three seconds of what the person did. */
export class SlackTriggers {
  readonly #issued = new Map<string, { user: string; at: number; isUsed: boolean }>();

  issue(id: string, user: string, now: Date): string {
    this.#issued.set(id, { user, at: now.getTime(), isUsed: false });
    return id;
  }

  /** Whose modal it opens. @throws SlackRefusal `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`. */
  exchange(id: string, now: Date): string {
    const trigger = this.#issued.get(id);
    if (!trigger) throw new SlackRefusal('invalid_trigger_id');
    if (trigger.isUsed) throw new SlackRefusal('exchanged_trigger_id');
    if (now.getTime() - trigger.at > GOOD_FOR_MS) throw new SlackRefusal('expired_trigger_id');
    trigger.isUsed = true;
    return trigger.user;
  }
}
