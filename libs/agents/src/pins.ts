import {
  changesBetween,
  problemAt,
  type Agent,
  type AgentDocument,
  type Change,
  type Finding,
  type Path,
  type Plan,
  type Problem,
} from '@openloop/agent-spec';
import type { Permission } from '@openloop/kernel';

import type { Pin, Revision } from './agent-store.js';

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

/** A server that is away leaves a warning: it may not have been started yet. */
const AWAY = 'mcp_unreachable';
/** What a server says is an error of the file's, but not when nobody is there to correct the file. */
const SAID = ['mcp_tool_missing', 'mcp_tool_excluded'];

interface Pinning {
  pin?: ((agent: Agent) => Promise<Pinned>) | undefined;
  isUnattended: boolean;
}

/** Asks every server that the documents name what its tools are, before any transaction. */
export async function pinAll(
  documents: readonly AgentDocument[],
  { pin, isUnattended }: Pinning,
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
      problems.map((trouble) => problemAt(document, findingOf(document.agent, trouble, isUnattended))),
    ),
  };
}

function findingOf(
  { tools }: Agent,
  { code, tool, permission, message, hint }: PinTrouble,
  isUnattended: boolean,
): Finding {
  const severity = code === AWAY || (isUnattended && SAID.includes(code)) ? 'warning' : 'error';
  return { severity, code, path: placeOf(tools, tool, permission), message, hint };
}

function placeOf(tools: Agent['tools'], tool: string, permission: string | null): Path {
  const index = tools.findIndex(({ name }) => name === tool);
  const place = tools[index]?.permissions.indexOf(permission ?? '') ?? -1;
  return ['spec', 'tools', Math.max(0, index), ...(place >= 0 ? ['permissions', place] : ['server'])];
}

type Before = Pick<Revision, 'agent' | 'pins'> | undefined;

interface NextPins {
  pins: readonly Pin[];
  warnings: readonly Problem[];
}

/** The pins of the next revision of an agent. */
export function nextPins(
  document: AgentDocument,
  pinned: PinnedDocuments,
  { before, isUnattended }: { before: Before; isUnattended: boolean },
): NextPins {
  return isUnattended
    ? pinsThatStay(document, pinned, before)
    : { pins: pinsJustRead(document.agent, pinned, before?.pins ?? []), warnings: [] };
}

/** Those just read, and for a server that is away the ones there were. */
function pinsJustRead(agent: Agent, { pins, away }: PinnedDocuments, before: readonly Pin[]): readonly Pin[] {
  const read = pins.get(agent.name) ?? [];
  const kept = before.filter(({ permission }) =>
    (away.get(agent.name) ?? []).some((tool) => isStillNamed(agent, tool, permission)),
  );
  return [...read, ...kept];
}

/** What was pinned of a server stays, and each tool that the server says something else of now is a warning. */
function pinsThatStay(document: AgentDocument, { pins }: PinnedDocuments, before: Before): NextPins {
  const { agent } = document;
  const kept = before?.pins.filter((pin) => isSameServer(pin.permission, agent, before.agent)) ?? [];
  const read = pins.get(agent.name) ?? [];
  const isKept = ({ permission }: Pin) => kept.some((pin) => pin.permission === permission);
  const changed = read.filter((pin) => isKept(pin) && !kept.some(({ digest }) => digest === pin.digest));
  return {
    pins: [...kept, ...read.filter((pin) => !isKept(pin))],
    warnings: changed.map(({ permission }) => problemAt(document, changedFinding(agent, permission))),
  };
}

function changedFinding({ tools }: Agent, permission: Permission): Finding {
  const dot = permission.indexOf('.');
  return {
    severity: 'warning',
    code: 'mcp_tool_changed',
    path: placeOf(tools, permission.slice(0, dot), permission.slice(dot + 1)),
    message: `${permission} is not what it was when it was applied: each call of it is held`,
    hint: 'look at `openloop diff`, and accept it with `openloop apply`',
  };
}

function isSameServer(permission: Permission, after: Agent, before: Agent): boolean {
  const serverIn = ({ tools }: Agent) => {
    const entry = tools.find(({ name }) => isStillNamed({ tools }, name, permission));
    return entry?.type === 'mcp' ? entry.server : null;
  };
  const server = serverIn(after);
  return server !== null && server === serverIn(before);
}

function isStillNamed({ tools }: Pick<Agent, 'tools'>, tool: string, permission: Permission): boolean {
  const entry = tools.find(({ name }) => name === tool);
  return entry?.permissions.some((each) => permission === `${tool}.${each}`) ?? false;
}

/** A file that stays as it is still makes a new revision when what its tools are has changed. */
export function withPins(plan: Plan, before: readonly Pin[], after: readonly Pin[]): Plan {
  if (plan.kind === 'create') return plan;
  const earlier = (pin: Pin) => before.find(({ permission }) => permission === pin.permission);
  const changed = after.filter((pin) => earlier(pin)?.digest !== pin.digest);
  if (changed.length === 0) return plan;
  const accepted = changed.filter((pin) => earlier(pin) !== undefined);
  return {
    kind: 'change',
    changes: [...plan.changes, ...changed.flatMap((pin) => changesOf(pin, earlier(pin)))],
    widens: [
      ...plan.widens,
      ...accepted.map(({ permission }) => `accepts a changed definition of ${permission}`),
    ],
  };
}

function changesOf(pin: Pin, earlier: Pin | undefined): Change[] {
  const path = `definition of ${pin.permission}`;
  return earlier
    ? changesBetween(comparable(earlier), comparable(pin), path)
    : [{ path, after: pin.digest.slice(0, 10) }];
}

/** What the digest is over: all but the version that a server says it has. */
function comparable({ definition, server }: Pin): object {
  return {
    ...definition,
    server: Object.fromEntries(Object.entries(server).filter(([key]) => key !== 'version')),
  };
}
