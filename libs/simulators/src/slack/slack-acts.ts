import { textOf, type JsonObject } from '../loopback.js';
import { channelType } from './slack-chat.js';
import type { Parcel, SlackOutbox } from './slack-outbox.js';
import type { SlackPayloads } from './slack-payloads.js';
import { addReaction, removeReaction } from './slack-people.js';
import { messageShape } from './slack-shapes.js';
import type {
  SlackActed,
  SlackChannel,
  SlackDelivery,
  SlackMessageRef,
  SlackSaid,
  SlackUser,
} from './slack-types.js';
import { plainVersion, type SlackWorkspace, type StoredMessage } from './slack-workspace.js';

export interface SlackActsOptions {
  workspace: SlackWorkspace;
  payloads: SlackPayloads;
  outbox: SlackOutbox;
  /** The events the app has subscribed to, as its manifest names them. */
  subscriptions: ReadonlySet<string>;
}

/** What people do in the workspace, and how the app is told of it. */
export class SlackActs {
  readonly #workspace: SlackWorkspace;
  readonly #payloads: SlackPayloads;
  readonly #outbox: SlackOutbox;
  readonly #subscriptions: ReadonlySet<string>;

  constructor({ workspace, payloads, outbox, subscriptions }: SlackActsOptions) {
    this.#workspace = workspace;
    this.#payloads = payloads;
    this.#outbox = outbox;
    this.#subscriptions = subscriptions;
  }

  async says(
    userId: string,
    channelId: string,
    text: string,
    { thread }: { thread?: string },
  ): Promise<SlackSaid> {
    const user = this.person(userId);
    const channel = this.channel(channelId);
    if (channel.isArchived) throw new Error(`Nobody can write in ${channel.name}: it is archived`);
    channel.members.add(user.id);
    const root = thread === undefined ? null : this.message({ channel: channel.id, ts: thread });
    const written = this.#withMentions(text);
    const message = this.#workspace.addMessage(
      {
        channel: channel.id,
        threadTs: root ? (root.threadTs ?? root.ts) : null,
        user: user.id,
        botId: user.isBot ? `B${user.id.slice(1)}` : null,
        ephemeralTo: null,
        listedFrom: 0,
      },
      plainVersion(written, 'person', this.#workspace.ids.now()),
    );
    const { deliveries } = await this.#tellAll(this.#heard(message, channel));
    return Object.assign(acted(deliveries), place(message), { thread: message.threadTs ?? message.ts });
  }

  async edits(userId: string, ref: SlackMessageRef, text: string): Promise<SlackActed> {
    const message = this.#ownMessage(userId, ref);
    const before = messageShape(this.#workspace, message);
    message.versions.push(plainVersion(this.#withMentions(text), 'person', this.#workspace.ids.now()));
    return this.#changed(message, {
      subtype: 'message_changed',
      message: messageShape(this.#workspace, message),
      previous_message: before,
    });
  }

  async deletes(userId: string, ref: SlackMessageRef): Promise<SlackActed> {
    const message = this.#ownMessage(userId, ref);
    message.isDeleted = true;
    return this.#changed(message, {
      subtype: 'message_deleted',
      deleted_ts: message.ts,
      previous_message: messageShape(this.#workspace, message),
    });
  }

  async reacts(userId: string, ref: SlackMessageRef, name: string): Promise<SlackActed> {
    const message = this.message(ref);
    if (!addReaction(message, name, this.person(userId).id))
      throw new Error(`${userId} has reacted with ${name} before`);
    return this.#tellAll([this.#reaction('reaction_added', message, { name, userId })]);
  }

  async unreacts(userId: string, ref: SlackMessageRef, name: string): Promise<SlackActed> {
    const message = this.message(ref);
    if (!removeReaction(message, name, this.person(userId).id))
      throw new Error(`${userId} has not reacted with ${name}`);
    return this.#tellAll([this.#reaction('reaction_removed', message, { name, userId })]);
  }

  async joins(userId: string, channelId: string): Promise<SlackActed> {
    const channel = this.channel(channelId);
    channel.members.add(this.person(userId).id);
    return this.#tellAll([this.#membership('member_joined_channel', userId, channel)]);
  }

  async leaves(userId: string, channelId: string): Promise<SlackActed> {
    const channel = this.channel(channelId);
    const event = this.#membership('member_left_channel', userId, channel);
    channel.members.delete(this.person(userId).id);
    return this.#tellAll([event]);
  }

  async changesGroup(groupId: string, members: readonly string[]): Promise<SlackActed> {
    const group = this.#workspace.groups.get(groupId);
    if (!group) throw new Error(`There is no group ${groupId}`);
    const before = group.members;
    const updatedBefore = group.updatedAt;
    group.members = [...members];
    group.updatedAt = this.#workspace.ids.now();
    const added = members.filter((each) => !before.includes(each));
    const removed = before.filter((each) => !members.includes(each));
    const event = {
      type: 'subteam_members_changed',
      subteam_id: groupId,
      team_id: this.#workspace.team.id,
      date_previous_update: Math.floor(updatedBefore.getTime() / 1000),
      date_update: Math.floor(group.updatedAt.getTime() / 1000),
      added_users: added,
      added_users_count: added.length,
      removed_users: removed,
      removed_users_count: removed.length,
    };
    return this.#tellAll([{ subscription: 'subteam_members_changed', event }]);
  }

  async opensHome(userId: string, tab: 'home' | 'messages'): Promise<SlackActed> {
    const user = this.person(userId);
    const channel = this.#workspace.directWith(user.id);
    const event = { type: 'app_home_opened', user: user.id, channel: channel.id, tab };
    return this.#tellAll([{ subscription: 'app_home_opened', event }]);
  }

  async stops(userId: string, { channel, ts }: SlackMessageRef): Promise<SlackActed> {
    const event = {
      type: 'agent_session_stopped',
      user: this.person(userId).id,
      channel,
      thread_ts: ts,
      streaming_message_ts: [],
    };
    return this.#tellAll([{ subscription: 'agent_session_stopped', event }]);
  }

  /** Delivers what the app has subscribed to, at once. */
  async #tellAll(news: readonly News[]): Promise<SlackActed> {
    const wanted = news.filter(({ subscription }) => this.#subscriptions.has(subscription));
    return acted(await Promise.all(wanted.map(({ event }) => this.#outbox.deliver(this.#parcel(event)))));
  }

  /** Tells the app of what it has done itself, without waiting for its ack. */
  echo(event: JsonObject): void {
    const subscription = this.#subscriptionOf(this.channel(textOf(event['channel'])));
    if (subscription !== null && this.#subscriptions.has(subscription))
      this.#outbox.post(this.#parcel(event));
  }

  /** What an event about a message in this channel is subscribed to as; `null` where the app is not. */
  #subscriptionOf(channel: SlackChannel): string | null {
    if (!channel.members.has(this.#workspace.bot.userId)) return null;
    return { public: 'message.channels', private: 'message.groups', im: 'message.im' }[channel.kind];
  }

  person(wanted: string): SlackUser {
    const { users } = this.#workspace;
    const user = users.get(wanted) ?? [...users.values()].find(({ name }) => name === wanted);
    if (!user) throw new Error(`There is no user ${wanted}`);
    return user;
  }

  channel(wanted: string): SlackChannel {
    const channel = this.#workspace.findChannel(wanted);
    if (!channel) throw new Error(`There is no channel ${wanted}`);
    return channel;
  }

  message({ channel, ts }: SlackMessageRef): StoredMessage {
    const wanted = this.#workspace.message(this.channel(channel).id, ts);
    const found =
      wanted ?? this.#workspace.ephemerals().find((each) => each.channel === channel && each.ts === ts);
    if (!found) throw new Error(`There is no message ${channel}/${ts}`);
    return found;
  }

  #parcel(event: JsonObject): Parcel {
    const payload = this.#payloads.event(event);
    return { id: textOf(payload['event_id']), kind: 'events_api', about: textOf(event['type']), payload };
  }

  #ownMessage(userId: string, ref: SlackMessageRef): StoredMessage {
    const message = this.message(ref);
    if (message.user !== this.person(userId).id) throw new Error(`${userId} did not write ${ref.ts}`);
    return message;
  }

  /** A mention is told twice, each time with an id of its own, except in a direct conversation. */
  #heard(message: StoredMessage, channel: SlackChannel): News[] {
    const subscription = this.#subscriptionOf(channel);
    if (subscription === null) return [];
    const event = this.#payloads.said(message, 'message', channelType(channel));
    const isMention =
      channel.kind !== 'im' && textOf(event['text']).includes(`<@${this.#workspace.bot.userId}>`);
    const mention = this.#payloads.said(message, 'app_mention', channelType(channel));
    return [...(isMention ? [{ subscription: 'app_mention', event: mention }] : []), { subscription, event }];
  }

  #changed(message: StoredMessage, change: JsonObject): Promise<SlackActed> {
    const channel = this.channel(message.channel);
    const subscription = this.#subscriptionOf(channel);
    const ts = this.#workspace.ids.ts();
    const event = {
      type: 'message',
      hidden: true,
      channel: channel.id,
      channel_type: channelType(channel),
      ts,
      event_ts: ts,
      ...change,
    };
    return this.#tellAll(subscription === null ? [] : [{ subscription, event }]);
  }

  #reaction(type: string, message: StoredMessage, { name, userId }: { name: string; userId: string }): News {
    const event = {
      type,
      user: this.person(userId).id,
      reaction: name,
      item: { type: 'message', ...place(message) },
      item_user: message.user,
    };
    const isHeard = this.channel(message.channel).members.has(this.#workspace.bot.userId);
    return { subscription: isHeard ? type : '', event };
  }

  #membership(type: string, userId: string, channel: SlackChannel): News {
    const user = this.person(userId);
    const event = {
      type,
      user: user.id,
      channel: channel.id,
      channel_type: channel.kind === 'private' ? 'G' : 'C',
      team: user.teamId,
    };
    const isHeard = channel.members.has(this.#workspace.bot.userId);
    return { subscription: isHeard ? type : '', event };
  }

  /** What a person types becomes what Slack stores: `@priya` is `<@U…>`, `@maintainers` is `<!subteam^S…>`. */
  #withMentions(text: string): string {
    const { users, groups } = this.#workspace;
    const mentions = new Map([...users.values()].map(({ name, id }) => [name, `<@${id}>`]));
    for (const { handle, id } of groups.values()) mentions.set(handle, `<!subteam^${id}>`);
    return text.replace(
      /(?<![\w<])@([a-z0-9][\w.-]*)/giu,
      (whole, name: string) => mentions.get(name) ?? whole,
    );
  }
}

interface News {
  /** The app is told only when it has subscribed to this; empty when it can never be. */
  subscription: string;
  event: JsonObject;
}

function place({ channel, ts }: StoredMessage): SlackMessageRef {
  return { channel, ts };
}

function acted(deliveries: readonly SlackDelivery[]): SlackActed {
  return {
    deliveries,
    get acked() {
      return deliveries.length > 0 && deliveries.every(({ acked }) => acked);
    },
  };
}
