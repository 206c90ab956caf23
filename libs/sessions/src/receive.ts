import {
  newId,
  type AgentId,
  type Principal,
  type RunId,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import type { SurfaceEvent } from '@openloop/surfaces';

import type { SessionStores } from './session-store.js';

export interface Received {
  runId: RunId;
  /** False when the same event had been received before: its run is given, nothing new was written. */
  isNew: boolean;
}

export interface Addressee {
  workspaceId: WorkspaceId;
  agentId: AgentId;
  revision: number;
}

/**
 * Writes an event down: inbox row, session, message, queued run and wake-up, in one transaction.
 * Only after it returns may the platform be told that the event arrived.
 */
export function receive(
  transact: Transact<SessionStores>,
  { workspaceId, agentId, revision }: Addressee,
  event: SurfaceEvent,
  author: Principal,
): Promise<Received> {
  const { surface, channel, key: thread } = event.thread;
  return transact(workspaceId, async ({ sessions, queueing, audit, outbox }) => {
    const session = await sessions.open(agentId, event.thread);
    const runId = newId('run');
    if (!(await sessions.claimEvent({ surface, key: event.key, sessionId: session.id, runId }))) {
      return { runId: (await sessions.runOf(surface, event.key)) ?? runId, isNew: false };
    }
    const triggerSeq = await sessions.say(session.id, {
      role: 'user',
      authorId: author.id,
      runId,
      text: event.text,
    });
    const trigger = { kind: 'message' as const, surface, channel, thread, labels: event.labels };
    await queueing.enqueue({
      id: runId,
      agentId,
      revision,
      sessionId: session.id,
      triggerSeq,
      trigger,
      initiatorId: author.id,
    });
    audit.append({
      name: 'run.started',
      actor: { kind: 'principal', id: author.id, handle: author.handle },
      facts: { runId, agentId, revision, surface },
    });
    outbox.add({ name: 'run', id: runId });
    return { runId, isNew: true };
  });
}
