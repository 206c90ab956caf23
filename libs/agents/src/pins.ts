import {
  problemAt,
  type Agent,
  type AgentDocument,
  type Change,
  type Finding,
  type Plan,
  type Problem,
} from '@openloop/agent-spec';
import type { Permission } from '@openloop/kernel';

import type { Pin } from './agent-store.js';

/** What a look at the servers of one agent's tools found. */
export interface Pinned {
  pins: readonly Pin[];
  problems: readonly PinTrouble[];
}

interface PinTrouble {
  code: string;
  /** The file's name for the server. */
  tool: string;
  /** The server's name for the tool; `null` when it concerns the whole server. */
  permission: string | null;
  message: string;
  hint?: string;
}

export interface PinnedDocuments {
  pins: ReadonlyMap<string, readonly Pin[]>;
  /** By agent, the servers that could not be asked. */
  away: ReadonlyMap<string, readonly string[]>;
  problems: readonly Problem[];
}

/** A server that is away leaves a warning: it may not have been started yet. Whatever a server said is an error. */
const AWAY = 'mcp_unreachable';

/** Asks every server that the documents name what its tools are, before any transaction. */
export async function pinAll(
  documents: readonly AgentDocument[],
  pin?: (agent: Agent) => Promise<Pinned>,
): Promise<PinnedDocuments> {
  const asked = pin
    ? await Promise.all(documents.map(async (document) => ({ document, ...(await pin(document.agent)) })))
    : [];
  return {
    pins: new Map(asked.map(({ document, pins }) => [document.agent.name, pins])),
    away: new Map(
      asked.map(({ document, problems }) => [
        document.agent.name,
        problems.flatMap(({ code, tool }) => (code === AWAY ? [tool] : [])),
      ]),
    ),
    problems: asked.flatMap(({ document, problems }) =>
      problems.map((trouble) => problemAt(document, findingOf(document.agent, trouble))),
    ),
  };
}

function findingOf({ tools }: Agent, { code, tool, permission, message, hint }: PinTrouble): Finding {
  const index = tools.findIndex(({ name }) => name === tool);
  const place = tools[index]?.permissions.indexOf(permission ?? '') ?? -1;
  const path = ['spec', 'tools', Math.max(0, index), ...(place >= 0 ? ['permissions', place] : ['server'])];
  return { severity: code === AWAY ? 'warning' : 'error', code, path, message, hint };
}

/** The pins of the next revision: those just read, and for a server that is away the ones there were. */
export function pinsFor(
  agent: Agent,
  { pins, away }: PinnedDocuments,
  before: readonly Pin[],
): readonly Pin[] {
  const read = pins.get(agent.name) ?? [];
  const kept = before.filter(({ permission }) =>
    (away.get(agent.name) ?? []).some((tool) => isStillNamed(agent, tool, permission)),
  );
  return [...read, ...kept];
}

function isStillNamed({ tools }: Agent, tool: string, permission: Permission): boolean {
  const entry = tools.find(({ name }) => name === tool);
  return entry?.permissions.some((each) => permission === `${tool}.${each}`) ?? false;
}

/** A file that stays as it is still makes a new revision when what its tools are has changed. */
export function withPins(plan: Plan, before: readonly Pin[], after: readonly Pin[]): Plan {
  const changes = after.flatMap(({ permission, digest }): Change[] => {
    const earlier = before.find((pin) => pin.permission === permission);
    if (plan.kind === 'create' || earlier?.digest === digest) return [];
    const path = `definition of ${permission}`;
    return [{ path, ...(earlier && { before: earlier.digest.slice(0, 10) }), after: digest.slice(0, 10) }];
  });
  if (changes.length === 0) return plan;
  return {
    kind: 'change',
    changes: [...plan.changes, ...changes],
    widens: [
      ...plan.widens,
      ...changes.filter(({ before: b }) => b !== undefined).map(({ path }) => `accepts a changed ${path}`),
    ],
  };
}
