import type { SlackAttempt, SlackDelivery } from './slack-types.js';

export interface CarryResult {
  outcome: Exclude<SlackAttempt['outcome'], 'waiting'>;
  response: unknown;
  status: number | null;
  connection: number | null;
  /** The app asked with `x-slack-no-retry` not to be told again. */
  noRetry?: boolean;
}

export interface Carrying {
  retry: number;
  reason: string;
}

/** A way to the app: sockets it has opened, or an address it has given. */
export interface Carrier {
  /** What a retry after a missing ack gives as its reason. */
  timeoutReason: string;
  /** `null` when there is no way to the app at this moment. */
  carry(delivery: SlackDelivery, carrying: Carrying): Promise<CarryResult> | null;
}
