import { App, type Receiver } from '@slack/bolt';
import type { Secret } from '@openloop/kernel';

import type { SlackLog } from '../options.js';
import type { Self } from '../web/slack-web.js';
import { boltLog } from './bolt-log.js';
import { Passage } from './passage.js';
import type { ServedEvent } from './shapes.js';
import type { Delivered } from './delivery.js';

/** What is done with each kind of delivery. Gives the outcome's name; rejects when Slack shall deliver it again. */
export interface Listeners {
  event(event: ServedEvent): Promise<string>;
  press(press: Extract<Delivered, { kind: 'press' }>['press'], answer: Answer): Promise<string>;
  submission(
    submission: Extract<Delivered, { kind: 'submission' }>['submission'],
    answer: Answer,
  ): Promise<string>;
}

/** Acknowledges an interaction, with what Slack shall do at once. */
export type Answer = (response?: object) => Promise<void>;

export interface BoltParts {
  receiver: Receiver;
  self: Self;
  botToken: Secret;
  apiUrl?: string;
  log: SlackLog;
}

/**
 * A Bolt app that asks nobody anything: who we are is known already, so no delivery is acknowledged and lost because
 * a look-up failed (which is what Bolt does when `authorize` rejects), and its own errors reject `processEvent`.
 */
export function boltApp({ receiver, self, botToken, apiUrl, log }: BoltParts, listeners: Listeners): App {
  const { teamId, userId: botUserId, botId } = self;
  const authorization = { teamId, botUserId, botToken: botToken.reveal(), ...(botId ? { botId } : {}) };
  const app = new App({
    receiver,
    authorize: () => Promise.resolve({ ...authorization }),
    ignoreSelf: false,
    convoStore: false,
    attachFunctionToken: false,
    logger: boltLog(log),
    clientOptions: { retryConfig: { retries: 0 }, ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }) },
  });
  app.error((error) => Promise.reject(error));
  app.event(/./, async ({ context }) => {
    const passage = Passage.of(context);
    if (passage.delivered.kind === 'event') passage.outcome = await listeners.event(passage.delivered.event);
  });
  app.action({ type: 'block_actions' }, async ({ context, ack }) => {
    const passage = Passage.of(context);
    const answer: Answer = (response) => ack(response as undefined); // view and action acks take any JSON object
    if (passage.delivered.kind === 'press')
      passage.outcome = await listeners.press(passage.delivered.press, answer);
  });
  app.view({ type: 'view_submission' }, async ({ context, ack }) => {
    const passage = Passage.of(context);
    const answer: Answer = (response) => ack(response as undefined); // as above
    if (passage.delivered.kind !== 'submission') return;
    passage.outcome = await listeners.submission(passage.delivered.submission, answer);
  });
  return app;
}
