import type { AgentSurface } from '@openloop/agent-spec';
import type { AgentId } from '@openloop/kernel';
import type { Heard } from '@openloop/surfaces';

import type { ThroughputLimits } from './receive.js';
import type { ThreadSession } from './session-store.js';

/** An agent that people can reach on some surface, as its file says now. */
export interface BoundAgent {
  agentId: AgentId;
  name: string;
  revision: number;
  state: 'active' | 'paused';
  limits: ThroughputLimits;
  /** Its bindings to the surface in question. */
  surfaces: readonly AgentSurface[];
}

export type Bound =
  | { kind: 'agent'; agent: BoundAgent; session: ThreadSession | null; respondTo: AgentSurface['respondTo'] }
  /** Several could be meant, and nothing says which. */
  | { kind: 'several'; names: readonly string[] }
  | { kind: 'none' };

/**
 * Which agent a message can concern: the one that is in the thread, the one bound to the channel by name, then those
 * bound to every channel. Where several are left, the message names one with its first word.
 */
export function boundAgent(
  { channelName, isDirect, text, thread }: Pick<Heard, 'channelName' | 'isDirect' | 'text' | 'thread'>,
  agents: readonly BoundAgent[],
  sessions: readonly ThreadSession[],
): Bound {
  const here = { names: [channelName, thread.channel].map(plain), isDirect };
  const inThread = agents.filter(({ agentId }) => sessions.some((session) => session.agentId === agentId));
  const named = agents.filter((agent) => bindingOf(agent, here, { isNamed: true }));
  const anywhere = agents.filter((agent) => bindingOf(agent, here, { isNamed: false }));
  const candidates = [inThread, named, anywhere].find(({ length }) => length > 0) ?? [];
  const meant = candidates.length === 1 ? candidates[0] : candidates.find(({ name }) => isCalled(text, name));
  if (!meant) {
    const names = candidates.map(({ name }) => name);
    return names.length > 0 ? { kind: 'several', names } : { kind: 'none' };
  }
  const binding = bindingOf(meant, here, { isNamed: true }) ?? bindingOf(meant, here, { isNamed: false });
  if (!binding) return { kind: 'none' };
  const session = sessions.find(({ agentId }) => agentId === meant.agentId) ?? null;
  return { kind: 'agent', agent: meant, session, respondTo: binding.respondTo };
}

interface Here {
  names: readonly string[];
  isDirect: boolean;
}

/** In a direct conversation every agent of the surface can be talked to. */
function bindingOf(
  { surfaces }: BoundAgent,
  { names, isDirect }: Here,
  { isNamed }: { isNamed: boolean },
): AgentSurface | undefined {
  if (isDirect) return isNamed ? undefined : surfaces[0];
  return surfaces.find(({ channel }) =>
    channel === null ? !isNamed : isNamed && names.includes(plain(channel)),
  );
}

function plain(channel: string | null): string {
  return (channel ?? '').replace(/^#/, '').toLowerCase() || '\0';
}

function isCalled(text: string, name: string): boolean {
  const [first = ''] = text.trim().split(/\s/, 1);
  return first.replace(/[:,]$/, '').replace(/^@/, '').toLowerCase() === name;
}
