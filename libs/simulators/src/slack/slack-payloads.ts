import { textOf, type JsonObject } from '../loopback.js';
import { seconds } from './slack-ids.js';
import type { SlackResponseUrls } from './slack-response-urls.js';
import { messageShape, viewShape } from './slack-shapes.js';
import type { SlackTriggers } from './slack-triggers.js';
import type { SlackChannel, SlackUser } from './slack-types.js';
import type { SlackWorkspace, StoredMessage, StoredView } from './slack-workspace.js';

const VERIFICATION_TOKEN = 'verification-simulator';

/** The payloads Slack sends, each with what comes along: event ids, trigger ids, response addresses. */
export class SlackPayloads {
  readonly #workspace: SlackWorkspace;
  readonly #triggers: SlackTriggers;
  readonly #responseUrls: SlackResponseUrls;

  constructor(workspace: SlackWorkspace, triggers: SlackTriggers, responseUrls: SlackResponseUrls) {
    this.#workspace = workspace;
    this.#triggers = triggers;
    this.#responseUrls = responseUrls;
  }

  /** An event with an id of its own; `eventId` and `teamId` are for forgeries. */
  event(event: JsonObject, { eventId, teamId }: { eventId?: string; teamId?: string } = {}): JsonObject {
    const { team, bot, ids } = this.#workspace;
    const channel = this.#workspace.channels.get(textOf(event['channel']));
    const eventTs = textOf(event['event_ts']) || ids.ts();
    return {
      token: VERIFICATION_TOKEN,
      team_id: teamId ?? team.id,
      context_team_id: teamId ?? team.id,
      context_enterprise_id: null,
      api_app_id: bot.appId,
      event: { ...event, event_ts: eventTs },
      type: 'event_callback',
      event_id: eventId ?? ids.next('Ev'),
      event_time: seconds(eventTs),
      authorizations: [
        {
          enterprise_id: null,
          team_id: team.id,
          user_id: bot.userId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: channel?.isExtShared ?? false,
    };
  }

  /** What a person's message is, for the events that tell of it. */
  said(message: StoredMessage, type: 'message' | 'app_mention', channelType: string): JsonObject {
    const { users, team } = this.#workspace;
    const author = users.get(message.user);
    const isForeign = author !== undefined && author.teamId !== team.id;
    return {
      client_msg_id: `client-${message.ts}`,
      ...messageShape(this.#workspace, message),
      type,
      channel: message.channel,
      event_ts: message.ts,
      ...(type === 'message' && { channel_type: channelType }),
      ...(isForeign && { user_team: author.teamId, source_team: author.teamId }),
    };
  }

  click(user: SlackUser, { channel, message }: ClickPlace, action: JsonObject): JsonObject {
    const isEphemeral = message.ephemeralTo !== null;
    return {
      type: 'block_actions',
      ...this.#actor(user),
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: channel.id,
        is_ephemeral: isEphemeral,
        ...(message.threadTs !== null && { thread_ts: message.threadTs }),
      },
      channel: { id: channel.id, name: channelName(channel) },
      ...(!isEphemeral && { message: messageShape(this.#workspace, message) }),
      state: { values: {} },
      response_url: this.#responseUrls.issue({ channel: channel.id, message, user: user.id }),
      actions: [action],
    };
  }

  viewClick(user: SlackUser, view: StoredView, action: JsonObject): JsonObject {
    return {
      type: 'block_actions',
      ...this.#actor(user),
      container: { type: 'view', view_id: view.id },
      view: viewShape(this.#workspace, view),
      actions: [action],
    };
  }

  /** A shortcut from the menu of a message, or from anywhere. */
  shortcut(user: SlackUser, callbackId: string, place: ClickPlace | null): JsonObject {
    if (!place) return { type: 'shortcut', ...this.#actor(user), callback_id: callbackId };
    const { channel, message } = place;
    return {
      type: 'message_action',
      ...this.#actor(user),
      callback_id: callbackId,
      channel: { id: channel.id, name: channelName(channel) },
      message_ts: message.ts,
      message: messageShape(this.#workspace, message),
      response_url: this.#responseUrls.issue({ channel: channel.id, message: null, user: user.id }),
    };
  }

  submission(user: SlackUser, view: StoredView, values: JsonObject): JsonObject {
    return {
      type: 'view_submission',
      ...this.#actor(user),
      view: viewShape(this.#workspace, view, values),
      response_urls: [],
    };
  }

  viewClosed(user: SlackUser, view: StoredView): JsonObject {
    const { trigger_id: _, ...actor } = this.#actor(user);
    return { type: 'view_closed', ...actor, view: viewShape(this.#workspace, view), is_cleared: false };
  }

  command(
    user: SlackUser,
    channel: SlackChannel,
    { command, text }: { command: string; text: string },
  ): JsonObject {
    const { team, bot } = this.#workspace;
    return {
      token: VERIFICATION_TOKEN,
      team_id: team.id,
      team_domain: team.domain,
      channel_id: channel.id,
      channel_name: channelName(channel),
      user_id: user.id,
      user_name: user.name,
      command,
      text,
      api_app_id: bot.appId,
      is_enterprise_install: 'false',
      response_url: this.#responseUrls.issue({ channel: channel.id, message: null, user: user.id }),
      trigger_id: this.#trigger(user),
    };
  }

  /** Who does it, and where they belong: a Slack Connect stranger's team is not ours. */
  #actor(user: SlackUser): { trigger_id: string } & JsonObject {
    const { team, bot } = this.#workspace;
    return {
      user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
      api_app_id: bot.appId,
      token: VERIFICATION_TOKEN,
      team: { id: team.id, domain: team.domain },
      enterprise: null,
      is_enterprise_install: false,
      trigger_id: this.#trigger(user),
    };
  }

  #trigger({ id }: SlackUser): string {
    const { ids } = this.#workspace;
    return this.#triggers.issue(`${ids.ts()}.${ids.next('trigger')}`, id, ids.now());
  }
}

interface ClickPlace {
  channel: SlackChannel;
  message: StoredMessage;
}

function channelName({ kind, name }: SlackChannel): string {
  return { public: name, private: 'privategroup', im: 'directmessage' }[kind];
}
