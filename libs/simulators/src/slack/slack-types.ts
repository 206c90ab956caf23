import type { JsonObject } from '../loopback.js';

export interface SlackUserSeed {
  /** `U…`; made up when left out. */
  id?: string;
  /** The unique handle, without `@`. */
  name: string;
  realName?: string;
  displayName?: string;
  tz?: string;
  deleted?: boolean;
  isBot?: boolean;
  isAdmin?: boolean;
  /** A multi-channel guest. */
  isRestricted?: boolean;
  /** A single-channel guest. */
  isUltraRestricted?: boolean;
  /** Of another workspace: somebody who is here through Slack Connect. */
  teamId?: string;
}

export interface SlackUser extends Required<SlackUserSeed> {}

export interface SlackChannelSeed {
  /** `C…`; made up when left out. */
  id?: string;
  /** Without `#`. */
  name: string;
  isPrivate?: boolean;
  isArchived?: boolean;
  /** User ids. */
  members?: readonly string[];
  /** Whether our bot is in it; true by default. */
  hasBot?: boolean;
  /** Shared with another workspace. */
  isExtShared?: boolean;
}

export interface SlackChannel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  isArchived: boolean;
  isExtShared: boolean;
  /** User ids; our bot's too. */
  members: Set<string>;
}

export interface SlackGroupSeed {
  /** `S…`; made up when left out. */
  id?: string;
  /** Without `@`. */
  handle: string;
  name?: string;
  members?: readonly string[];
  isDisabled?: boolean;
}

export interface SlackGroup extends Required<Omit<SlackGroupSeed, 'members'>> {
  members: string[];
  updatedAt: Date;
}

/** What a message said between two edits. */
export interface SlackVersion {
  text: string;
  blocks: readonly JsonObject[];
  attachments: readonly JsonObject[];
  metadata: JsonObject | null;
  /** The address this version came by. */
  by: 'chat.postMessage' | 'chat.update' | 'chat.postEphemeral' | 'response_url' | 'person';
  /** `@here` and `@name` are turned into mentions by Slack: `link_names`, or `parse: full`. */
  linksNames: boolean;
  at: Date;
}

export interface SlackMessage extends SlackVersion {
  channel: string;
  ts: string;
  /** The `ts` of the message that starts the thread; its own when it has replies; `null` outside threads. */
  threadTs: string | null;
  user: string;
  /** Set when an app posted it. */
  botId: string | null;
  /** Every version, the first one first; the last is what the message shows now. */
  versions: readonly SlackVersion[];
  reactions: readonly { name: string; users: readonly string[] }[];
  isDeleted: boolean;
  /** The only person who sees it. */
  ephemeralTo: string | null;
}

/** A modal or a Home tab. */
export interface SlackView {
  id: string;
  hash: string;
  user: string;
  type: 'modal' | 'home';
  title: string;
  callbackId: string;
  privateMetadata: string;
  blocks: readonly JsonObject[];
  /** Everything as the app gave it. */
  source: JsonObject;
  isOpen: boolean;
  /** What the last submission was told is wrong, by block id. */
  errors: Readonly<Record<string, string>>;
}

export interface SlackSession {
  channel: string;
  threadTs: string | null;
  title: string;
  status: 'active' | 'processing' | 'suspended' | 'closed';
  /** Every status it was given, in order. */
  history: readonly string[];
}

export interface SlackMessageRef {
  channel: string;
  ts: string;
}

export type SlackDeliveryKind = 'events_api' | 'interactive' | 'slash_commands';

export interface SlackAttempt {
  at: Date;
  /** 0 for the first. */
  retry: number;
  /** Why there was a retry: `timeout`, `http_timeout`, `http_error`, `connection_failed`; empty for the first. */
  reason: string;
  outcome: 'waiting' | 'acked' | 'timeout' | 'http_error' | 'connection_failed';
  /** Which socket connection carried it, counted from 1; `null` over HTTP. */
  connection: number | null;
  /** HTTP status; `null` over a socket. */
  status: number | null;
  ackMs: number | null;
  response: unknown;
}

/** Something Slack told the app, or tries to. Lives on while retries go on. */
export interface SlackDelivery {
  /** The `event_id`, or an id of its own for what is no event. */
  id: string;
  kind: SlackDeliveryKind;
  /** `app_mention`, `message`, `block_actions`, `view_submission`, `/openloop`. */
  about: string;
  payload: JsonObject;
  /** `held`: waits for the end of a batch. `queued`: no socket is open. `lost`: never told, and never will be. */
  state: 'held' | 'queued' | 'sending' | 'acked' | 'failed' | 'lost';
  attempts: readonly SlackAttempt[];
  acked: boolean;
  /** Milliseconds from the attempt that was acked to its ack. */
  ackMs: number | null;
  /** What the ack carried: the payload over a socket, the body over HTTP (parsed if JSON). */
  response: unknown;
}

/** What a person said or did, and how the app took it. */
export interface SlackActed {
  deliveries: readonly SlackDelivery[];
  /** Whether every delivery was acked; false also when nothing was delivered. */
  readonly acked: boolean;
}

export interface SlackSaid extends SlackActed, SlackMessageRef {
  /** Where a reply to it goes. */
  thread: string;
}
