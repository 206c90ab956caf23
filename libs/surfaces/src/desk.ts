import type { Card } from './card.js';
import type { Account, Heard, HeardAs } from './heard.js';

/** A press of one of our buttons: the sealed token it carried, where it was pressed, and by whom. */
export interface Press {
  token: string;
  channel: string | null;
  by: Account;
}

export interface Reason {
  text: string | null;
  /** What a denial means for the rest of the task. */
  next: 'continue' | 'stop';
}

/** `told` is a private answer to whoever pressed; `done` needs none, because the card says it. */
export type Pressed = { kind: 'done' } | { kind: 'told'; words: string };

export interface Details {
  card: Card;
  /** The exact bytes that are decided on, as indented JSON. */
  json: string;
  digest: string;
  /** `approvals.require_for in dev-platform, revision 7`. */
  rule: string;
}

/** What a surface may ask of the system. The surface has verified who speaks; the rest is decided here. */
export interface Desk {
  /** Only after this resolves may the product be told that the message arrived. */
  hear(heard: Heard): Promise<HeardAs>;
  /** Mutes or unmutes the agent in a thread by a reaction; false when no agent is in it. */
  mute(thread: { surface: string; key: string }, by: Account, isMuted: boolean): Promise<boolean>;
  /** Stops what runs in a thread; gives how many runs that were. */
  stop(thread: { surface: string; key: string }, by: Account): Promise<number>;
  /** Takes the answer that the token stands for. */
  decide(press: Press, reason: Reason | null): Promise<Pressed>;
  /** Why this person could not decide now, before they are asked for a reason; `null` when they could. */
  mayNotDecide(press: Press): Promise<string | null>;
  /** `null` when the token is not one of ours, or not for this place. */
  details(press: Press): Promise<Details | null>;
  /** Puts on record what was turned away at the door: forged, replayed, foreign or unreadable. */
  turnedAway(
    surface: string,
    reason: string,
    facts: Readonly<Record<string, string | number>>,
  ): Promise<void>;
  /** A group's membership changed at the product: what is kept of it is no longer believed. */
  groupChanged(surface: string, groupId: string): Promise<void>;
}
