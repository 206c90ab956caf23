import { AppError } from '@openloop/kernel';

/** A message of a channel; of a thread, the message that starts it. */
export interface Place {
  channel: string;
  ts: string;
}

/** Reads `C0DEV/1700000000.000100`. */
export function placeOf(ref: string): Place {
  const [channel = '', ts = '', ...rest] = ref.split('/');
  if (channel === '' || ts === '' || rest.length > 0) {
    throw new AppError('bug', 'slack.bad_ref', 'A Slack message is named by its channel and its time', {
      details: { ref },
    });
  }
  return { channel, ts };
}

export function refOf({ channel, ts }: Place): string {
  return `${channel}/${ts}`;
}
