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
    channel: first(channel?.id, container?.channel_id),
    ts: first(container?.message_ts, message?.ts),
    thread: first(container?.thread_ts, message?.thread_ts),
  };
}

function first(...found: readonly (string | null | undefined)[]): string | null {
  return found.find((each) => typeof each === 'string') ?? null;
}
