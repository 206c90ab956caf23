import type { AgentId, Handle, Outbox, PrincipalId, RunId, SessionId } from '@openloop/kernel';
import type { AuditLog } from '@openloop/ledger';
import type { Deliveries, ThreadRef } from '@openloop/surfaces';

/** Our side of a thread: which agent, and how much was said. One per thread and agent. */
export interface Session {
  id: SessionId;
  agentId: AgentId;
  thread: ThreadRef;
}

export interface ThreadSession {
  id: SessionId;
  agentId: AgentId;
  mutedBy: Handle | null;
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
  /** By the product's clock; absent: now. */
  saidAt?: Date;
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
    message: Pick<TranscriptMessage, 'role' | 'authorId' | 'runId' | 'text'> & { saidAt?: Date },
  ): Promise<number>;
  /** False when this surface delivered the same event before. */
  claimEvent(event: { surface: string; key: string; sessionId: SessionId; runId: RunId }): Promise<boolean>;
  /** The run an event started, when it was received before. */
  runOf(surface: string, key: string): Promise<RunId | null>;
  /** In the order it was said, not in the order it arrived. */
  transcript(sessionId: SessionId, upTo: number): Promise<TranscriptMessage[]>;
  /** The sessions of a thread, one for each agent in it. */
  inThread(thread: Pick<ThreadRef, 'surface' | 'key'>): Promise<ThreadSession[]>;
  /** Mutes the thread for an agent at somebody's word, or unmutes it with `null`. */
  setMuted(sessionId: SessionId, by: Handle | null): Promise<void>;
  /** The session's runs that have not ended, the latest first. */
  openRuns(sessionId: SessionId): Promise<RunId[]>;
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
  deliveries: Deliveries;
  audit: AuditLog;
  outbox: Outbox;
}
