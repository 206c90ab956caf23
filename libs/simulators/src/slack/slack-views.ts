import { isObject, objectsOf, textOf, type JsonObject } from '../loopback.js';
import { blockProblems } from './slack-block-limits.js';
import { required, type SlackCall, type SlackMethods } from './slack-call.js';
import { withIds } from './slack-element-limits.js';
import { SlackRefusal, refusedArguments } from './slack-refusal.js';
import { viewShape } from './slack-shapes.js';
import { checkText, type Report } from './slack-text-limits.js';
import type { SlackWorkspace, StoredView } from './slack-workspace.js';

export const viewMethods: SlackMethods = {
  'views.open': { token: 'bot', answer: opened },
  'views.push': { token: 'bot', answer: opened },
  'views.update': {
    token: 'bot',
    answer({ workspace, args }) {
      const source = checkedView(args['view'], 'modal');
      const view = wantedView(workspace, args);
      if (!view?.isOpen) throw new SlackRefusal('not_found');
      const hash = textOf(args['hash']);
      if (hash !== '' && hash !== view.hash) throw new SlackRefusal('hash_conflict');
      change(workspace, view, source);
      return { view: viewShape(workspace, view) };
    },
  },
  'views.publish': {
    token: 'bot',
    answer({ workspace, args }) {
      const user = required(args, 'user_id');
      if (!workspace.users.has(user)) throw new SlackRefusal('user_not_found');
      const source = checkedView(args['view'], 'home');
      const existing = [...workspace.views.values()].find(
        (each) => each.type === 'home' && each.user === user,
      );
      const view = existing ?? newView(workspace, user, 'home');
      const hash = textOf(args['hash']);
      if (hash !== '' && hash !== view.hash) throw new SlackRefusal('hash_conflict');
      change(workspace, view, source);
      return { view: viewShape(workspace, view) };
    },
  },
};

function opened({ workspace, args, triggers, now }: SlackCall): JsonObject {
  const trigger = required(args, 'trigger_id');
  const source = checkedView(args['view'], 'modal');
  const user = triggers.exchange(trigger, now);
  const view = newView(workspace, user, 'modal');
  change(workspace, view, source);
  return { view: viewShape(workspace, view) };
}

function newView(workspace: SlackWorkspace, user: string, type: StoredView['type']): StoredView {
  const id = workspace.ids.next('V');
  const nothing = {
    hash: '',
    title: '',
    callbackId: '',
    privateMetadata: '',
    blocks: [],
    source: {},
    errors: {},
  };
  const view: StoredView = { id, user, type, isOpen: true, ...nothing };
  workspace.views.set(id, view);
  return view;
}

/** Shows something else in the same place. */
export function change(workspace: SlackWorkspace, view: StoredView, source: JsonObject): void {
  const title = source['title'];
  Object.assign(view, {
    hash: workspace.ids.next('h'),
    title: isObject(title) ? textOf(title['text']) : '',
    callbackId: textOf(source['callback_id']),
    privateMetadata: textOf(source['private_metadata']),
    blocks: withIds(objectsOf(source['blocks']), () => workspace.ids.next('b')),
    source,
    errors: {},
  } satisfies Partial<StoredView>);
}

function wantedView({ views }: SlackWorkspace, args: JsonObject): StoredView | undefined {
  const externalId = textOf(args['external_id']);
  if (externalId === '') return views.get(required(args, 'view_id'));
  return [...views.values()].find(({ source }) => source['external_id'] === externalId);
}

/** @throws SlackRefusal `invalid_arguments` for what Slack does not show. */
export function checkedView(view: unknown, type: StoredView['type']): JsonObject {
  if (!isObject(view)) throw refusedArguments('invalid_arguments', ['missing required field: view']);
  const problems = viewProblems(view, type);
  if (problems.length > 0) throw refusedArguments('invalid_arguments', problems);
  return view;
}

function viewProblems(view: JsonObject, type: StoredView['type']): string[] {
  const problems = blockProblems(view['blocks'], 'view').map((each) =>
    each.replace('pointer:', 'pointer:/view'),
  );
  const report: Report = (pointer, problem) => problems.push(`${problem} [json-pointer:/view${pointer}]`);
  if (view['type'] !== type) report('/type', 'must be a valid enum value');
  if (textOf(view['private_metadata']).length > 3000)
    report('/private_metadata', 'must be less than 3001 characters');
  if (textOf(view['callback_id']).length > 255) report('/callback_id', 'must be less than 256 characters');
  if (type === 'modal') checkModal(view, report);
  return problems;
}

function checkModal(view: JsonObject, report: Report): void {
  checkText(view['title'], report, { at: '/title', max: 24, onlyPlain: true });
  for (const name of ['submit', 'close']) {
    if (view[name] !== undefined) checkText(view[name], report, { at: `/${name}`, max: 24, onlyPlain: true });
  }
  const hasInput = objectsOf(view['blocks']).some(({ type }) => type === 'input');
  if (hasInput && view['submit'] === undefined) report('/submit', 'missing required field: submit');
}
