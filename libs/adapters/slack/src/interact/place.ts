import type { BlockActions } from '../receive/shapes.js';

/** Where a button was pressed. */
export interface Place {
  channel: string | null;
  /** The message that holds the button. */
  ts: string | null;
  /** The root of its thread. */
  thread: string | null;
}

export function placeOf({ channel, container, message }: BlockActions): Place {
  return {
    channel: channel?.id ?? container?.channel_id ?? null,
    ts: container?.message_ts ?? message?.ts ?? null,
    thread: container?.thread_ts ?? message?.thread_ts ?? null,
  };
}
