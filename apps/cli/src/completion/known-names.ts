import { routes, type ApiClient } from '@openloop/api-contract';

import type { Candidate, Names } from './candidates.js';

const MOST = 100;
/** A name goes onto the command line as it stands: nothing in it may mean anything to a shell. */
const HARMLESS = /^[A-Za-z0-9][\w.@-]*$/;

/** Names that the server knows now. */
export async function knownNames(api: ApiClient, names: Names, signal: AbortSignal): Promise<Candidate[]> {
  const found = await LISTS[names](api, signal);
  return found.filter(({ value }) => HARMLESS.test(value));
}

const LISTS: Readonly<Record<Names, (api: ApiClient, signal: AbortSignal) => Promise<Candidate[]>>> = {
  agents: async (api, signal) => {
    const { data } = await api.call(routes['agents.list'], { query: { limit: MOST } }, signal);
    return data.map(({ name, description }) => ({ value: name, description }));
  },
  approvals: async (api, signal) => {
    const query = { limit: MOST, status: ['held' as const] };
    const { data } = await api.call(routes['approvals.list'], { query }, signal);
    return data.map(({ short_id: value, summary }) => ({ value, description: summary }));
  },
  runs: async (api, signal) => {
    const { data } = await api.call(routes['runs.list'], { query: { limit: MOST } }, signal);
    return data.map(({ short_id: value, agent, status }) => ({ value, description: `${agent}, ${status}` }));
  },
};
