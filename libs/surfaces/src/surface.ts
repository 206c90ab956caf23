import type { Card } from './card.js';
import type { Check } from './check.js';
import type { ThreadRef } from './surface-event.js';

/** Sealed tokens for the buttons of a card; `approve` is absent when the card could not show everything. */
export interface CardButtons {
  approve?: string;
  deny: string;
  details: string;
  /** An irreversible or outward action asks once more before it takes a yes. */
  confirm: boolean;
}

/** What a message shall show now, made from the row's state alone. */
export type Rendering =
  | { kind: 'approval'; card: Card; buttons: CardButtons | null; accessibleName: string }
  /** A run seen from its thread: how it is going, and its answer once there is one. */
  | { kind: 'run'; signal: Signal; title: string; answer: Answer | null };

export type Signal = 'working' | 'waiting' | 'idle';

export interface Answer {
  agent: string;
  /** Markdown, from a model: untrusted. */
  text: string;
  /** `$0.0043 · openai/gpt-4o-mini · 12 s`, made by us. */
  footer: string;
}

export interface ToShow {
  /** The marker that is written into each message and looked for before it is posted again. */
  deliveryId: string;
  thread: ThreadRef;
  rendering: Rendering;
  /** The product's ids of the messages that show it already, in order. */
  refs: readonly string[];
  /** An earlier try may have posted without our learning of it: look before posting. */
  mustLook: boolean;
}

export type Shown =
  | { kind: 'shown'; refs: readonly string[] }
  /** Nothing was lost by waiting: the product asked for it, or is away. `refs` is what was posted before that. */
  | { kind: 'later'; retryInMs: number; reason: string; refs: readonly string[] }
  /** It can never be shown there: the channel is archived, the bot was removed, the message was deleted. */
  | { kind: 'gone'; reason: string };

/** Who a handle in an agent's file is at a product. */
export type Found =
  | { kind: 'person'; id: string; name: string }
  | { kind: 'group'; id: string; name: string; members: readonly string[] }
  | { kind: 'ambiguous'; ids: readonly string[] }
  | { kind: 'nobody'; near: readonly string[] };

/** A connected chat product. */
export interface Surface {
  readonly name: string;
  /** Begins to receive. Resolves when the product has confirmed it. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Posts what is missing and edits what differs. Sends each message once; throws nothing but bugs. */
  show(wanted: ToShow): Promise<Shown>;
  /** Looks a handle up by the product's own unique names. Throws when the product cannot be asked. */
  find(handle: string): Promise<Found>;
  /** Account ids (`T…/U…`) of a group's members now. Throws when the product cannot be asked. */
  members(groupId: string): Promise<readonly string[]>;
  /** Whether this account (`T…/U…`) is a member's now: no guest, no bot, not deactivated. Throws when it cannot be asked. */
  isMember(accountId: string): Promise<boolean>;
  checks(channels: readonly string[]): Promise<Check[]>;
  /** Posts a card with one harmless button and waits for somebody to press it: out, in and out again. */
  test(channel: string, withinMs: number): Promise<Check[]>;
}
