import type { AgentId, Handle, PrincipalId, RunId, SessionId, WorkspaceId } from '@openloop/kernel';
import { newId } from '@openloop/kernel';
import type { Session, SessionStore, ThreadSession, TranscriptMessage } from '@openloop/sessions';
import type { ThreadRef } from '@openloop/surfaces';
import { sql, type Kysely } from 'kysely';

import type { Schema } from './schema.js';
import { storableText } from './storable.js';

export class PostgresSessionStore implements SessionStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async open(agentId: AgentId, thread: ThreadRef): Promise<Session> {
    // The update that changes nothing makes a conflicting insert give the row that is there.
    const row = await this.db
      .insertInto('sessions')
      .values({
        id: newId('ses'),
        workspace_id: this.workspace,
        agent_id: agentId,
        surface: thread.surface,
        thread_key: thread.key,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['workspace_id', 'agent_id', 'surface', 'thread_key'])
          .doUpdateSet({ agent_id: agentId }),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id: row.id as SessionId, agentId, thread }; // ids keep their prefix
  }

  async say(
    sessionId: SessionId,
    {
      role,
      authorId,
      runId,
      text,
      saidAt,
    }: Pick<TranscriptMessage, 'role' | 'authorId' | 'runId' | 'text'> & { saidAt?: Date },
  ): Promise<number> {
    // Counting on the session's row gives each message its own place, also when two are said at once.
    const { rows } = await sql<{ seq: number }>`
      with place as (
        update sessions set message_count = message_count + 1
        where workspace_id = ${this.workspace} and id = ${sessionId}
        returning message_count as seq
      )
      insert into messages (workspace_id, session_id, seq, role, author_id, run_id, text, said_at)
      -- An answer comes after its question, whatever the two clocks say.
      select ${this.workspace}, ${sessionId}, seq, ${role}, ${authorId}, ${runId}, ${storableText(text)},
        coalesce(${saidAt ?? null}::timestamptz, greatest(clock_timestamp(), (
          select max(question.said_at) from messages question
          where question.session_id = ${sessionId} and question.run_id = ${runId})))
      from place
      returning seq`.execute(this.db);
    const seq = rows[0]?.seq;
    if (seq === undefined) throw new Error(`No session ${sessionId}`);
    return seq;
  }

  async claimEvent(event: {
    surface: string;
    key: string;
    sessionId: SessionId;
    runId: RunId;
  }): Promise<boolean> {
    const row = await this.db
      .insertInto('surface_events')
      .values({
        workspace_id: this.workspace,
        surface: event.surface,
        event_key: event.key,
        session_id: event.sessionId,
        run_id: event.runId,
      })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'surface', 'event_key']).doNothing())
      .returning('run_id')
      .executeTakeFirst();
    return row !== undefined;
  }

  async runOf(surface: string, key: string): Promise<RunId | null> {
    const row = await this.db
      .selectFrom('surface_events')
      .select('run_id')
      .where('workspace_id', '=', this.workspace)
      .where('surface', '=', surface)
      .where('event_key', '=', key)
      .executeTakeFirst();
    return (row?.run_id as RunId | undefined) ?? null; // ids keep their prefix
  }

  async inThread({ surface, key }: Pick<ThreadRef, 'surface' | 'key'>): Promise<ThreadSession[]> {
    const rows = await this.db
      .selectFrom('sessions')
      .select(['id', 'agent_id', 'muted_by'])
      .where('workspace_id', '=', this.workspace)
      .where('surface', '=', surface)
      .where('thread_key', '=', key)
      .orderBy('created_at')
      .execute();
    return rows.map((row) => ({
      id: row.id as SessionId, // ids keep their prefix
      agentId: row.agent_id as AgentId, // as above
      mutedBy: row.muted_by as Handle | null, // written from a handle
    }));
  }

  async setMuted(sessionId: SessionId, by: Handle | null): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ muted_by: by })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', sessionId)
      .execute();
  }

  async openRuns(sessionId: SessionId): Promise<RunId[]> {
    const rows = await this.db
      .selectFrom('runs')
      .select('id')
      .where('workspace_id', '=', this.workspace)
      .where('session_id', '=', sessionId)
      .where('state', 'in', ['queued', 'running', 'waiting'])
      .orderBy('said_at', 'desc')
      .execute();
    return rows.map(({ id }) => id as RunId); // ids keep their prefix
  }

  async transcript(sessionId: SessionId, upTo: number): Promise<TranscriptMessage[]> {
    const rows = await this.db
      .selectFrom('messages')
      .selectAll()
      .where('workspace_id', '=', this.workspace)
      .where('session_id', '=', sessionId)
      .where('seq', '<=', upTo)
      .orderBy('said_at')
      .orderBy('seq')
      .execute();
    return rows.map((row) => ({
      seq: row.seq,
      role: row.role as TranscriptMessage['role'], // the table's check
      authorId: row.author_id as PrincipalId | null,
      runId: row.run_id as RunId | null,
      text: row.text,
      createdAt: row.created_at,
    }));
  }
}
