import { SlackActs } from './slack-acts.js';
import { SlackApi } from './slack-api.js';
import { SlackIds } from './slack-ids.js';
import { SlackInteractions } from './slack-interactions.js';
import { SlackLedger } from './slack-ledger.js';
import type { SlackSettings } from './slack-options.js';
import { SlackOutbox } from './slack-outbox.js';
import { SlackPayloads } from './slack-payloads.js';
import { SlackPushes } from './slack-pushes.js';
import { SlackResponseUrls } from './slack-response-urls.js';
import { SlackSockets } from './slack-sockets.js';
import { SlackTriggers } from './slack-triggers.js';
import { SlackWorkspace } from './slack-workspace.js';

/** What a simulator is made of. */
export interface SlackParts {
  workspace: SlackWorkspace;
  payloads: SlackPayloads;
  sockets: SlackSockets;
  pushes: SlackPushes;
  outbox: SlackOutbox;
  acts: SlackActs;
  interactions: SlackInteractions;
  responseUrls: SlackResponseUrls;
  api: SlackApi;
  ledger: SlackLedger;
}

export function wire(settings: SlackSettings): SlackParts {
  const workspace = new SlackWorkspace(settings.team, settings.bot, new SlackIds(settings.now));
  const triggers = new SlackTriggers();
  const responseUrls = new SlackResponseUrls(workspace);
  const payloads = new SlackPayloads(workspace, triggers, responseUrls);
  const sockets = new SlackSockets({ ...settings, appId: settings.bot.appId, onOpen: () => outbox.flush() });
  const pushes = new SlackPushes(settings);
  const outbox = new SlackOutbox({
    ...settings,
    carrier: () => (pushes.isOn ? pushes : sockets),
    onNew: (delivery) => ledger.add(delivery),
  });
  const acts = new SlackActs({ workspace, payloads, outbox, subscriptions: new Set(settings.subscriptions) });
  const interactions = new SlackInteractions({ workspace, payloads, outbox, acts });
  const api = new SlackApi({
    settings,
    workspace,
    triggers,
    sockets,
    responseUrls,
    tell: (event) => {
      if (settings.echo) acts.echo(event);
    },
    received: (entry) => ledger.receive(entry),
  });
  const ledger = new SlackLedger(workspace, () => api.land());
  return { workspace, payloads, sockets, pushes, outbox, acts, interactions, responseUrls, api, ledger };
}
