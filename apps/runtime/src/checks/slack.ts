import { slackChecks } from '@openloop/adapter-slack';
import type { Agent } from '@openloop/agent-spec';
import { warned, well, type Check } from '@openloop/surfaces';

import type { Grounds } from './grounds.js';
import { listed } from './words.js';

/** Tokens, scopes, clocks, and the channels and approvers of the agents that are in Slack. */
export async function slackAreaChecks({ config, agents }: Grounds, signal: AbortSignal): Promise<Check[]> {
  const inSlack = (await agents()).filter(isInSlack);
  if (!config.slack) return [unconnected(inSlack)];
  return slackChecks(config.slack, {
    channels: inSlack.flatMap(channelsOf),
    approvers: [...new Set(inSlack.flatMap(({ approvals }) => approvals.approvers))],
    signal,
  });
}

function unconnected(inSlack: readonly Agent[]): Check {
  if (inSlack.length === 0) return well('slack', 'not connected, and no agent is in it');
  const names = listed(inSlack.map(({ name }) => name));
  return warned('slack', `not connected, but wanted by ${names}`, 'Run `openloop slack setup`');
}

function isInSlack({ surfaces }: Agent): boolean {
  return surfaces.some(({ type }) => type === 'slack');
}

function channelsOf({ surfaces }: Agent): string[] {
  return surfaces.flatMap(({ type, channel }) => (type === 'slack' && channel !== null ? [channel] : []));
}
