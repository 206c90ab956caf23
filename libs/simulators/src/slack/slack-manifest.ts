import { isObject, objectsOf, parseJson, textOf, type JsonObject } from '../loopback.js';

export interface ManifestProblem {
  message: string;
  pointer: string;
}

/** Which scopes an event needs: any one of them. */
const EVENT_SCOPES: Readonly<Record<string, readonly string[]>> = {
  app_mention: ['app_mentions:read'],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
  'message.mpim': ['mpim:history'],
  app_home_opened: [],
  agent_session_stopped: ['assistant:write'],
  app_context_changed: ['assistant:write'],
  member_joined_channel: ['channels:read', 'groups:read'],
  member_left_channel: ['channels:read', 'groups:read'],
  subteam_created: ['usergroups:read'],
  subteam_updated: ['usergroups:read'],
  subteam_members_changed: ['usergroups:read'],
  reaction_added: ['reactions:read'],
  reaction_removed: ['reactions:read'],
  channel_archive: ['channels:read'],
  channel_unarchive: ['channels:read'],
  channel_rename: ['channels:read'],
  user_change: ['users:read'],
  team_join: ['users:read'],
  app_uninstalled: [],
  tokens_revoked: [],
};
const LENGTHS: readonly (readonly [path: string, max: number])[] = [
  ['/display_information/name', 35],
  ['/display_information/description', 140],
  ['/display_information/long_description', 4000],
  ['/features/bot_user/display_name', 80],
  ['/features/agent_view/agent_description', 300],
];

/** What is wrong with an app manifest, given as the JSON text that Slack takes; empty when it is accepted. */
export function manifestProblems(text: string): ManifestProblem[] {
  const manifest = parseJson(text);
  if (!isObject(manifest)) return [{ message: 'Must be a JSON object', pointer: '/' }];
  return [
    ...lengthProblems(manifest),
    ...viewProblems(manifest),
    ...commandProblems(manifest),
    ...eventProblems(manifest),
  ];
}

function at(root: JsonObject, pointer: string): unknown {
  let value: unknown = root;
  for (const key of pointer.split('/').slice(1)) value = isObject(value) ? value[key] : undefined;
  return value;
}

function lengthProblems(manifest: JsonObject): ManifestProblem[] {
  const problems: ManifestProblem[] = LENGTHS.flatMap(([pointer, max]) =>
    textOf(at(manifest, pointer)).length > max
      ? [{ message: `Must be at most ${max} characters`, pointer }]
      : [],
  );
  if (textOf(at(manifest, '/display_information/name')) === '') {
    problems.push({ message: 'Must have a name', pointer: '/display_information/name' });
  }
  return problems;
}

function viewProblems(manifest: JsonObject): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const features = at(manifest, '/features');
  if (
    isObject(features) &&
    features['agent_view'] !== undefined &&
    features['assistant_view'] !== undefined
  ) {
    problems.push({
      message: 'Only one of agent_view and assistant_view',
      pointer: '/features/assistant_view',
    });
  }
  const prompts = objectsOf(at(manifest, '/features/agent_view/suggested_prompts'));
  if (prompts.length > 4) {
    problems.push({ message: 'At most 4 prompts', pointer: '/features/agent_view/suggested_prompts' });
  }
  return problems;
}

function commandProblems(manifest: JsonObject): ManifestProblem[] {
  const scopes = scopesOf(manifest);
  return objectsOf(at(manifest, '/features/slash_commands')).flatMap((command, i) => {
    const pointer = `/features/slash_commands/${i}`;
    const problems: ManifestProblem[] = [];
    if (!/^\/[^\s/]{1,31}$/u.test(textOf(command['command']))) {
      problems.push({ message: 'Must begin with / and have no spaces', pointer: `${pointer}/command` });
    }
    if (textOf(command['description']) === '') {
      problems.push({ message: 'Must have a description', pointer: `${pointer}/description` });
    }
    if (!scopes.includes('commands')) problems.push({ message: 'Requires the scope commands', pointer });
    return problems;
  });
}

function eventProblems(manifest: JsonObject): ManifestProblem[] {
  const scopes = scopesOf(manifest);
  const events = textsOf(at(manifest, '/settings/event_subscriptions/bot_events'));
  return events.flatMap((event, i) => {
    const pointer = `/settings/event_subscriptions/bot_events/${i}`;
    const wanted = Object.hasOwn(EVENT_SCOPES, event) ? EVENT_SCOPES[event] : undefined;
    if (!wanted) return [{ message: `Unknown event ${event}`, pointer }];
    if (wanted.length === 0 || wanted.some((scope) => scopes.includes(scope))) return [];
    return [{ message: `${event} requires one of the scopes ${wanted.join(', ')}`, pointer }];
  });
}

function scopesOf(manifest: JsonObject): string[] {
  return textsOf(at(manifest, '/oauth_config/scopes/bot'));
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
