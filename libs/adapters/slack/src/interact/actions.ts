import { ROUND_TRIP_ACTION } from '../round-trip.js';
import { ACTIONS } from '../show/approval-buttons.js';

export type ButtonAction = 'approve' | 'deny' | 'details' | 'test';

/** What each of our buttons is for, by its `action_id`. */
export const BUTTONS: ReadonlyMap<string, ButtonAction> = new Map([
  [ACTIONS.approve, 'approve'],
  [ACTIONS.deny, 'deny'],
  [ACTIONS.details, 'details'],
  [ROUND_TRIP_ACTION, 'test'],
]);

/** Slack's own limit of a button's value. */
export const MAX_TOKEN_CHARS = 2_000;
