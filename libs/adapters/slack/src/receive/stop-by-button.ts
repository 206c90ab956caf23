import type { Desk } from '@openloop/surfaces';

import type { Directory } from './hearing.js';
import type { ServedEvent } from './shapes.js';

/** Slack's own Stop button, which a thread shows while the agent works in it. Gives the outcome's name. */
export async function stopByButton(
  { desk, people }: { desk: Pick<Desk, 'stop'>; people: Pick<Directory, 'account'> },
  { user, channel, thread_ts: root }: Extract<ServedEvent, { type: 'agent_session_stopped' }>,
): Promise<string> {
  const by = await people.account(user);
  if (by.outsider !== null) return 'ignored.outsider';
  const count = await desk.stop({ surface: 'slack', key: `${channel}/${root}` }, by);
  return count > 0 ? 'stopped' : 'ignored.nothing_to_stop';
}
