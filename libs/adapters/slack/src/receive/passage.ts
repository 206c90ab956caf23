import { AppError } from '@openloop/kernel';

import type { Delivered } from './delivery.js';

const KEY = 'openloopPassage';

/** One delivery on its way through Bolt: what was read of it before, and what became of it. */
export class Passage {
  outcome = 'unserved';

  constructor(readonly delivered: Delivered) {}

  /** As Bolt's `customProperties`, which it copies into the listeners' context. */
  asProperties(): Record<string, unknown> {
    return { [KEY]: this };
  }

  static of(context: Readonly<Record<string, unknown>>): Passage {
    const passage = context[KEY];
    if (passage instanceof Passage) return passage;
    throw new AppError('bug', 'slack.no_passage', 'A Slack delivery came past the door');
  }
}
