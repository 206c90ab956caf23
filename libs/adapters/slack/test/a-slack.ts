import { Secret } from '@openloop/kernel';
import { SlackSimulator, type SlackSimulatorOptions } from '@openloop/simulators';
import type { Rendering, ToShow } from '@openloop/surfaces';

import { SlackWeb, type SlackWebOptions } from '../src/web/slack-web.js';
import { SlackShow } from '../src/show/slack-show.js';
import { aCard, someButtons } from './a-card.js';

/** A Slack with a channel, a person who said something in it, and us. */
export async function aSlack(options: SlackSimulatorOptions = {}) {
  const slack = new SlackSimulator({ echo: false, whileClosed: 'lose', ...options });
  const server = await slack.start();
  const channel = slack.seedChannel({ name: 'dev' });
  const priya = slack.seedUser({ name: 'priya' });
  const { ts } = await slack.says(priya, channel, 'Is CI red?');
  const web = webTo(slack, server.apiUrl);
  const wanted = (differs: Partial<ToShow> = {}): ToShow => ({
    deliveryId: 'dlv_1',
    thread: { surface: 'slack', channel, key: `${channel}/${ts}` },
    rendering: approval(),
    refs: [],
    mustLook: false,
    ...differs,
  });
  return { slack, server, channel, priya, ts, web, show: new SlackShow(web), wanted };
}

export function webTo(
  { botToken }: SlackSimulator,
  apiUrl: string,
  differs: Partial<SlackWebOptions> = {},
): SlackWeb {
  return new SlackWeb({ token: new Secret(botToken), apiUrl, ...differs });
}

export function approval(differs: Parameters<typeof aCard>[0] = {}): Rendering {
  return { kind: 'approval', card: aCard(differs), buttons: someButtons(), accessibleName: 'Create issue' };
}

export function run(signal: 'working' | 'waiting' | 'idle', text: string | null = null): Rendering {
  const answer = text === null ? null : { agent: 'dev-platform', text, footer: '$0.0043' };
  return { kind: 'run', signal, title: 'Is CI red?', answer };
}
