import { textOf, type JsonObject } from '../loopback.js';
import { required, type SlackCall, type SlackMethods } from './slack-call.js';
import { manifestProblems } from './slack-manifest.js';
import { SlackRefusal } from './slack-refusal.js';
import type { SlackSession } from './slack-types.js';
import type { StoredSession } from './slack-workspace.js';

const STATUSES = ['active', 'processing', 'suspended', 'closed'] as const;
const MAX_TITLE = 200;
const useAssistant = (): readonly string[] => ['assistant:write'];

export const appMethods: SlackMethods = {
  'auth.test': {
    token: 'bot',
    answer({ workspace: { team, bot } }) {
      return {
        url: `https://${team.domain}.slack.com/`,
        team: team.name,
        user: bot.name,
        team_id: team.id,
        user_id: bot.userId,
        bot_id: bot.botId,
        is_enterprise_install: false,
      };
    },
  },
  'apps.connections.open': { token: 'app', answer: ({ socketUrl }) => ({ url: socketUrl() }) },
  'agents.sessions.setStatus': {
    token: 'bot',
    scopes: useAssistant,
    answer(call) {
      const session = sessionOf(call);
      const status = statusOf(required(call.args, 'status'));
      session.status = status;
      session.history.push(status);
      return { status, agent_status: status, title: session.title };
    },
  },
  'agents.sessions.rename': {
    token: 'bot',
    scopes: useAssistant,
    answer(call) {
      const title = required(call.args, 'title');
      if (title.length > MAX_TITLE) throw new SlackRefusal('invalid_title');
      const session = sessionOf(call);
      session.title = title;
      return { title };
    },
  },
  'apps.manifest.validate': {
    token: 'config',
    answer({ args }) {
      refuseManifest(args);
      return {};
    },
  },
  'apps.manifest.create': {
    token: 'config',
    answer({ args, workspace }) {
      refuseManifest(args);
      const appId = workspace.ids.next('A');
      return {
        app_id: appId,
        credentials: {
          client_id: `1.${appId}`,
          client_secret: workspace.ids.next('client-secret-'),
          verification_token: workspace.ids.next('verification-'),
          signing_secret: workspace.ids.next('signing-secret-'),
        },
        oauth_authorize_url: `https://slack.com/oauth/v2/authorize?client_id=1.${appId}`,
      };
    },
  },
};

/** @throws SlackRefusal `invalid_manifest`, with each problem and where it is. */
function refuseManifest(args: JsonObject): void {
  const errors = manifestProblems(required(args, 'manifest'));
  if (errors.length > 0) throw new SlackRefusal('invalid_manifest', { errors });
}

function statusOf(wanted: string): SlackSession['status'] {
  const status = STATUSES.find((each) => each === wanted);
  if (!status) throw new SlackRefusal('invalid_status');
  return status;
}

/** The session of a thread, begun if need be. @throws SlackRefusal for what is no place of a session. */
function sessionOf({ workspace, args }: SlackCall): StoredSession {
  const channel = workspace.channels.get(required(args, 'channel_id'));
  if (!channel?.members.has(workspace.bot.userId)) throw new SlackRefusal('channel_not_found');
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  const threadTs = textOf(args['thread_ts']) || null;
  if (threadTs === null) throw new SlackRefusal('thread_ts_required');
  if (!workspace.message(channel.id, threadTs)) throw new SlackRefusal('thread_not_found');
  const title = textOf(args['title']);
  if (title.length > MAX_TITLE) throw new SlackRefusal('invalid_title');
  const found = workspace.session(channel.id, threadTs);
  const session = found ?? { channel: channel.id, threadTs, title, status: 'active', history: [] };
  workspace.sessions.set(`${channel.id}/${threadTs}`, session);
  return session;
}
