import type { ActionId, RunId } from '@openloop/kernel';

import type { ThreadRef } from './surface-event.js';

/** The messages that show a row where people are. */
export interface Deliveries {
  /** From now on this row is shown in this thread, when the thread's surface is one that messages are sent to. */
  open(subject: ActionId | RunId, thread: ThreadRef): Promise<void>;
}

/** The surfaces that messages are sent to; the others come and read. */
const PUSHED: readonly string[] = ['slack'];

export function isPushed(surface: string): boolean {
  return PUSHED.includes(surface);
}
