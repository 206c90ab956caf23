import type { AgentId, Outbox, PrincipalId, RunId, SessionId } from '@openloop/kernel';
import type { AuditLog } from '@openloop/ledger';
import type { ThreadRef } from '@openloop/surfaces';

/** Our side of a thread: which agent, and how much was said. One per thread and agent. */
export interface Session {
  id: SessionId;
  agentId: AgentId;
  thread: ThreadRef;
}

export interface TranscriptMessage {
  seq: number;
  role: 'user' | 'assistant';
  authorId: PrincipalId | null;
  runId: RunId | null;
  text: string;
  createdAt: Date;
}

/** What a new run starts from. It answers the session's messages up to `triggerSeq`. */
export interface QueuedRun {
  id: RunId;
  agentId: AgentId;
  revision: number;
  sessionId: SessionId;
  triggerSeq: number;
  trigger: RunTrigger;
  initiatorId: PrincipalId;
}

/** Why a run started. */
export interface RunTrigger {
  kind: 'message';
  surface: string;
  channel: string | null;
  thread: string;
  labels: Readonly<Record<string, string>>;
}

export interface SessionStore {
  /** The session of this agent in this thread, made now when there was none. */
  open(agentId: AgentId, thread: ThreadRef): Promise<Session>;
  /** Appends to the transcript; gives the message's place in it. */
  say(
    sessionId: SessionId,
    message: Pick<TranscriptMessage, 'role' | 'authorId' | 'runId' | 'text'>,
  ): Promise<number>;
  /** False when this surface delivered the same event before. */
  claimEvent(event: { surface: string; key: string; sessionId: SessionId; runId: RunId }): Promise<boolean>;
  /** The run an event started, when it was received before. */
  runOf(surface: string, key: string): Promise<RunId | null>;
  transcript(sessionId: SessionId, upTo: number): Promise<TranscriptMessage[]>;
}

export interface RunQueueing {
  enqueue(run: QueuedRun): Promise<void>;
  /** How busy an agent is. Callers of one agent wait for one another until their transactions end. */
  load(agentId: AgentId): Promise<{ open: number; lastMinute: number }>;
}

/** What receiving an event writes to, together. */
export interface SessionStores {
  sessions: SessionStore;
  queueing: RunQueueing;
  audit: AuditLog;
  outbox: Outbox;
}
