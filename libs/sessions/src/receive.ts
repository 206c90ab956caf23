import {
  actorOf,
  newId,
  type AgentId,
  type Principal,
  type RunId,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import type { SurfaceEvent } from '@openloop/surfaces';

import type { SessionStores } from './session-store.js';

export type Received =
  /** `isNew` is false when the same event had been received before: its run is given, nothing new was written. */
  | { kind: 'queued'; runId: RunId; isNew: boolean }
  /** The agent has as much to do as its file allows. */
  | { kind: 'refused'; reason: string };

export interface Addressee {
  workspaceId: WorkspaceId;
  agentId: AgentId;
  revision: number;
  limits: ThroughputLimits;
}

/** `null` is no limit. */
export interface ThroughputLimits {
  readonly maxConcurrentTasks: number | null;
  readonly tasksPerMinute: number | null;
}

/**
 * Writes an event down: inbox row, session, message, queued run and wake-up, in one transaction.
 * Only after it returns may the platform be told that the event arrived.
 */
export function receive(
  transact: Transact<SessionStores>,
  addressee: Addressee,
  event: SurfaceEvent,
  author: Principal,
): Promise<Received> {
  return transact(addressee.workspaceId, (stores) => takeIn(stores, addressee, event, author));
}

/** The same, in a transaction that is open. */
export async function takeIn(
  stores: SessionStores,
  addressee: Addressee,
  event: SurfaceEvent,
  author: Principal,
): Promise<Received> {
  const reason = await overLimit(stores, addressee);
  if (reason) return refused(stores, { addressee, event, author, reason });
  const { agentId, revision } = addressee;
  const { key, text, at, labels } = event;
  const { surface, channel, key: thread } = event.thread;
  const id = newId('run');
  const trigger = { kind: 'message' as const, surface, channel, thread, labels };
  const run = { id, agentId, revision, trigger, initiatorId: author.id };
  const runId = await stores.sessions.take({
    key,
    thread: event.thread,
    text,
    ...(at && { saidAt: at }),
    run,
  });
  if (runId !== id) return { kind: 'queued', runId, isNew: false };
  const facts = { runId, agentId, revision, surface };
  stores.audit.append({ name: 'run.started', actor: actorOf(author), facts });
  stores.outbox.add({ name: 'run', id: runId });
  return { kind: 'queued', runId, isNew: true };
}

interface Refusing {
  addressee: Addressee;
  event: SurfaceEvent;
  author: Principal;
  reason: string;
}

/** An event that was taken before stays taken, however busy the agent is when it is delivered again. */
async function refused(
  { sessions, audit }: SessionStores,
  { addressee: { agentId }, event, author, reason }: Refusing,
): Promise<Received> {
  const { surface } = event.thread;
  const runId = await sessions.runOf(surface, event.key);
  if (runId) return { kind: 'queued', runId, isNew: false };
  audit.append({ name: 'run.refused', actor: actorOf(author), facts: { agentId, surface, reason } });
  return { kind: 'refused', reason };
}

async function overLimit(
  { queueing }: SessionStores,
  { agentId, limits: { maxConcurrentTasks, tasksPerMinute } }: Addressee,
): Promise<string | null> {
  if (maxConcurrentTasks === null && tasksPerMinute === null) return null;
  const { open, lastMinute } = await queueing.load(agentId);
  if (maxConcurrentTasks !== null && open >= maxConcurrentTasks) {
    return `${open} of ${maxConcurrentTasks} tasks are running`;
  }
  const isBusy = tasksPerMinute !== null && lastMinute >= tasksPerMinute;
  return isBusy ? `${lastMinute} of ${tasksPerMinute} tasks a minute were started` : null;
}
