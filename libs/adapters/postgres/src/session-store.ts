import type { AgentId, Handle, PrincipalId, RunId, SessionId, WorkspaceId } from '@openloop/kernel';
import { newId } from '@openloop/kernel';
import type { SessionStore, TakenEvent, ThreadSession, TranscriptMessage } from '@openloop/sessions';
import { isPushed, type ThreadRef } from '@openloop/surfaces';
import { sql, type Kysely } from 'kysely';

import type { Schema } from './schema.js';
import { jsonText, storableText } from './storable.js';

export class PostgresSessionStore implements SessionStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async take({ key, thread, text, saidAt, run }: TakenEvent): Promise<RunId> {
    const { workspace } = this;
    const at = sql`${saidAt ?? null}::timestamptz`;
    // An update that changes nothing makes a conflicting insert give the row that is there, also one that was committed
    // after this statement began. A session that was there counts on: a second delivery at the same moment leaves a gap.
    const { rows } = await sql<{ run_id: string }>`
      with session as (
        insert into sessions (id, workspace_id, agent_id, surface, thread_key, message_count)
        values (${newId('ses')}, ${workspace}, ${run.agentId}, ${thread.surface}, ${thread.key}, 1)
        on conflict (workspace_id, agent_id, surface, thread_key)
          do update set message_count = sessions.message_count + 1
        returning id, message_count as seq
      ), event as (
        insert into surface_events (workspace_id, surface, event_key, session_id, run_id)
        select ${workspace}, ${thread.surface}, ${key}, id, ${run.id} from session
        on conflict (workspace_id, surface, event_key) do update set event_key = excluded.event_key
        returning run_id
      ), fresh as (
        select id as session_id, seq from session, event where event.run_id = ${run.id}
      ), said as (
        insert into messages (workspace_id, session_id, seq, role, author_id, run_id, text, said_at)
        select ${workspace}, session_id, seq, 'user', ${run.initiatorId}, ${run.id}, ${storableText(text)},
          least(coalesce(${at}, clock_timestamp()), clock_timestamp() + interval '5 minutes')
        from fresh
      ), queued as (
        insert into runs (id, workspace_id, agent_id, revision, session_id, trigger_seq, trigger, initiator_id, state,
          said_at)
        select ${run.id}, ${workspace}, ${run.agentId}, ${run.revision}::integer, session_id, seq,
          ${jsonText(run.trigger)}::jsonb, ${run.initiatorId}, 'queued', least(coalesce(${at}, clock_timestamp()), clock_timestamp() + interval '5 minutes')
        from fresh
      ), delivery as (
        insert into deliveries (id, workspace_id, subject, surface, channel, thread_key)
        select ${newId('dlv')}, ${workspace}, ${run.id}, ${thread.surface}, ${thread.channel}, ${thread.key}
        from fresh where ${isPushed(thread.surface)}::boolean
        returning id
      ), ring as (
        insert into outbox (workspace_id, job, subject) select ${workspace}, 'delivery', id from delivery
      )
      select run_id from event`.execute(this.db);
    const [row] = rows;
    if (!row) throw new Error(`The event ${key} was not written`);
    return row.run_id as RunId; // ids keep their prefix
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

  async takeWord(word: { surface: string; key: string; sessionId: SessionId }): Promise<boolean> {
    const row = await this.db
      .insertInto('surface_events')
      .values({
        workspace_id: this.workspace,
        surface: word.surface,
        event_key: word.key,
        session_id: word.sessionId,
        run_id: null,
      })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'surface', 'event_key']).doNothing())
      .returning('event_key')
      .executeTakeFirst();
    return row !== undefined;
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
