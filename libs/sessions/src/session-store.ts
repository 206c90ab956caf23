import type { AgentId, Handle, Outbox, PrincipalId, RunId, SessionId } from '@openloop/kernel';
import type { AuditLog } from '@openloop/ledger';
import type { ThreadRef } from '@openloop/surfaces';

/** Our side of a thread: which agent, and whether it may speak. One per thread and agent. */
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

/** An event that was heard, and the run that is to answer it. */
export interface TakenEvent {
  /** Of the product: the same for every delivery of one event. */
  key: string;
  thread: ThreadRef;
  text: string;
  /** By the product's clock; absent: now. */
  saidAt?: Date;
  run: {
    id: RunId;
    agentId: AgentId;
    revision: number;
    trigger: RunTrigger;
    initiatorId: PrincipalId;
  };
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
  /**
   * Writes an event down, in one round trip: inbox row, session, message, queued run, and the message that will show it.
   * Gives the run that answers it: another one than named when this surface delivered the same event before, and then
   * nothing new is written.
   */
  take(event: TakenEvent): Promise<RunId>;
  /** Appends to the transcript; gives the message's place in it. */
  say(
    sessionId: SessionId,
    message: Pick<TranscriptMessage, 'role' | 'authorId' | 'runId' | 'text'> & { saidAt?: Date },
  ): Promise<number>;
  /** The run an event started, when it was received before. */
  runOf(surface: string, key: string): Promise<RunId | null>;
  /** In the order it was said, not in the order it arrived. */
  transcript(sessionId: SessionId, upTo: number): Promise<TranscriptMessage[]>;
  /** Takes a word that steers an agent and starts no run; false when it was taken before. */
  takeWord(word: { surface: string; key: string; sessionId: SessionId }): Promise<boolean>;
  /** The sessions of a thread, one for each agent in it. */
  inThread(thread: Pick<ThreadRef, 'surface' | 'key'>): Promise<ThreadSession[]>;
  /** Mutes the thread for an agent at somebody's word, or unmutes it with `null`. */
  setMuted(sessionId: SessionId, by: Handle | null): Promise<void>;
  /** The session's runs that have not ended, the latest first. */
  openRuns(sessionId: SessionId): Promise<RunId[]>;
}

export interface RunQueueing {
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
