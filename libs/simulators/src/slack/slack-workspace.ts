import type { JsonObject } from '../loopback.js';
import type { SlackIds } from './slack-ids.js';
import type {
  SlackChannel,
  SlackChannelSeed,
  SlackGroup,
  SlackGroupSeed,
  SlackMessage,
  SlackSession,
  SlackUser,
  SlackUserSeed,
  SlackVersion,
  SlackView,
} from './slack-types.js';

export interface SlackTeam {
  id: string;
  name: string;
  domain: string;
}

export interface SlackBot {
  userId: string;
  botId: string;
  name: string;
  appId: string;
}

export interface StoredMessage {
  channel: string;
  ts: string;
  threadTs: string | null;
  user: string;
  botId: string | null;
  versions: SlackVersion[];
  reactions: { name: string; users: string[] }[];
  isDeleted: boolean;
  ephemeralTo: string | null;
  /** Milliseconds since 1970 from which lists show it. */
  listedFrom: number;
}

export type StoredView = { -readonly [K in keyof SlackView]: SlackView[K] };
export type StoredSession = Omit<SlackSession, 'history'> & { history: string[] };

/** Everything there is in one workspace, and our app's place in it. */
export class SlackWorkspace {
  readonly users = new Map<string, SlackUser>();
  readonly channels = new Map<string, SlackChannel>();
  readonly groups = new Map<string, SlackGroup>();
  readonly views = new Map<string, StoredView>();
  readonly sessions = new Map<string, StoredSession>();
  readonly #messages = new Map<string, Map<string, StoredMessage>>();
  readonly #ephemerals: StoredMessage[] = [];

  constructor(
    readonly team: SlackTeam,
    readonly bot: SlackBot,
    readonly ids: SlackIds,
  ) {
    this.addUser({ id: bot.userId, name: bot.name, isBot: true });
  }

  addUser(seed: SlackUserSeed): SlackUser {
    const user: SlackUser = {
      id: this.ids.next('U'),
      realName: seed.name,
      displayName: seed.name,
      tz: 'Etc/UTC',
      deleted: false,
      isBot: false,
      isAdmin: false,
      isRestricted: false,
      isUltraRestricted: false,
      teamId: this.team.id,
      ...seed,
    };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(seed: SlackChannelSeed): SlackChannel {
    const channel: SlackChannel = {
      id: seed.id ?? this.ids.next('C'),
      name: seed.name,
      kind: seed.isPrivate === true ? 'private' : 'public',
      isArchived: seed.isArchived ?? false,
      isExtShared: seed.isExtShared ?? false,
      members: new Set(seed.members),
    };
    if (seed.hasBot !== false) channel.members.add(this.bot.userId);
    this.channels.set(channel.id, channel);
    return channel;
  }

  addGroup(seed: SlackGroupSeed): SlackGroup {
    const group: SlackGroup = {
      id: seed.id ?? this.ids.next('S'),
      handle: seed.handle,
      name: seed.name ?? seed.handle,
      isDisabled: seed.isDisabled ?? false,
      members: [...(seed.members ?? [])],
      updatedAt: this.ids.now(),
    };
    this.groups.set(group.id, group);
    return group;
  }

  /** The direct conversation between our bot and a person, opened if need be. */
  directWith(userId: string): SlackChannel {
    const found = [...this.channels.values()].find(
      ({ kind, members }) => kind === 'im' && members.has(userId),
    );
    if (found) return found;
    const id = this.ids.next('D');
    const channel: SlackChannel = {
      id,
      name: userId,
      kind: 'im',
      isArchived: false,
      isExtShared: false,
      members: new Set([userId, this.bot.userId]),
    };
    this.channels.set(id, channel);
    return channel;
  }

  /** By id, by `#name`, by name, or, for a direct conversation, by a user's id. */
  findChannel(wanted: string): SlackChannel | null {
    const byId = this.channels.get(wanted);
    if (byId) return byId;
    if (wanted !== this.bot.userId && this.users.has(wanted)) return this.directWith(wanted);
    const name = wanted.replace(/^#/u, '');
    return [...this.channels.values()].find((each) => each.kind !== 'im' && each.name === name) ?? null;
  }

  addMessage(
    message: Omit<StoredMessage, 'ts' | 'versions' | 'reactions' | 'isDeleted'>,
    version: SlackVersion,
  ) {
    const stored: StoredMessage = {
      ...message,
      ts: this.ids.ts(),
      versions: [version],
      reactions: [],
      isDeleted: false,
    };
    if (stored.ephemeralTo !== null) {
      this.#ephemerals.push(stored);
      return stored;
    }
    const root = stored.threadTs === null ? undefined : this.message(stored.channel, stored.threadTs);
    if (root) root.threadTs = root.ts;
    this.#inChannel(stored.channel).set(stored.ts, stored);
    return stored;
  }

  message(channel: string, ts: string): StoredMessage | undefined {
    return this.#messages.get(channel)?.get(ts);
  }

  /** In the order they were posted, the deleted ones too. */
  messagesIn(channel: string): StoredMessage[] {
    return [...(this.#messages.get(channel)?.values() ?? [])];
  }

  allMessages(): StoredMessage[] {
    return [...this.#messages.values()].flatMap((each) => [...each.values()]);
  }

  ephemerals(): readonly StoredMessage[] {
    return this.#ephemerals;
  }

  session(channel: string, threadTs: string | null): StoredSession | undefined {
    return this.sessions.get(`${channel}/${threadTs ?? ''}`);
  }

  #inChannel(channel: string): Map<string, StoredMessage> {
    const found = this.#messages.get(channel) ?? new Map<string, StoredMessage>();
    this.#messages.set(channel, found);
    return found;
  }
}

/** What a message shows now. */
export function latest(message: StoredMessage): SlackVersion {
  const version = message.versions.at(-1);
  if (!version) throw new Error(`Message ${message.ts} has no version`);
  return version;
}

/** A copy that later edits do not reach. */
export function snapshot(message: StoredMessage): SlackMessage {
  const { listedFrom: _, ...rest } = message;
  return {
    ...rest,
    ...latest(message),
    versions: [...message.versions],
    reactions: message.reactions.map(({ name, users }) => ({ name, users: [...users] })),
  };
}

export function plainVersion(text: string, by: SlackVersion['by'], at: Date): SlackVersion {
  const nothing: readonly JsonObject[] = [];
  return { text, blocks: nothing, attachments: nothing, metadata: null, by, linksNames: false, at };
}
