import {
  actorOf,
  newId,
  type AgentId,
  type Principal,
  type RunId,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import { isPushed, type SurfaceEvent } from '@openloop/surfaces';

import type { Session, SessionStores } from './session-store.js';

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
  return transact(addressee.workspaceId, async (stores) => {
    const { surface, key } = event.thread;
    const reason = await overLimit(stores, addressee);
    if (reason) return refused(stores, { addressee, event, author, reason });
    const session = await stores.sessions.open(addressee.agentId, event.thread);
    const runId = newId('run');
    const isNew = await stores.sessions.claimEvent({ surface, key: event.key, sessionId: session.id, runId });
    if (isNew) await queue(stores, { addressee, event, author, session, runId, thread: key });
    return {
      kind: 'queued',
      runId: isNew ? runId : ((await stores.sessions.runOf(surface, event.key)) ?? runId),
      isNew,
    };
  });
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

interface Queueing {
  addressee: Addressee;
  event: SurfaceEvent;
  author: Principal;
  session: Session;
  runId: RunId;
  thread: string;
}

async function queue(
  { sessions, queueing, deliveries, audit, outbox }: SessionStores,
  { addressee: { agentId, revision }, event, author, session, runId, thread }: Queueing,
): Promise<void> {
  const { surface, channel } = event.thread;
  const saidAt = event.at && { saidAt: event.at };
  const said = { role: 'user' as const, authorId: author.id, runId, text: event.text, ...saidAt };
  await queueing.enqueue({
    id: runId,
    agentId,
    revision,
    sessionId: session.id,
    triggerSeq: await sessions.say(session.id, said),
    trigger: { kind: 'message', surface, channel, thread, labels: event.labels },
    initiatorId: author.id,
    ...saidAt,
  });
  if (isPushed(surface)) await deliveries.open(runId, event.thread);
  audit.append({ name: 'run.started', actor: actorOf(author), facts: { runId, agentId, revision, surface } });
  outbox.add({ name: 'run', id: runId });
}
