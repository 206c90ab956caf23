import type { ClaimedDelivery, DeliveryEnd, DeliveryStore, ShownRun, Subject } from '@openloop/deliveries';
import {
  newId,
  type ActionId,
  type AgentId,
  type DeliveryId,
  type RunId,
  type WorkspaceId,
} from '@openloop/kernel';
import type { RunOutcome } from '@openloop/runs';
import { isPushed, type ThreadRef } from '@openloop/surfaces';
import { sql, type Kysely, type Selectable } from 'kysely';

import { PostgresApprovalReader } from './readers.js';
import type { Schema } from './schema.js';
import { storableText } from './storable.js';

const MOST_FAILURE_CHARS = 500;

export class PostgresDeliveryStore implements DeliveryStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async open(subject: ActionId | RunId, { surface, channel, key }: ThreadRef): Promise<void> {
    if (!isPushed(surface)) return;
    await sql`
      with opened as (
        insert into deliveries (id, workspace_id, subject, surface, channel, thread_key)
        values (${newId('dlv')}, ${this.workspace}, ${subject}, ${surface}, ${channel}, ${key})
        on conflict (workspace_id, subject, surface, thread_key) do nothing
        returning id
      )
      insert into outbox (workspace_id, job, subject) select ${this.workspace}, 'delivery', id from opened`.execute(
      this.db,
    );
  }

  async claim(
    id: DeliveryId,
    { fence, leaseSeconds, surfaces }: Parameters<DeliveryStore['claim']>[1],
  ): Promise<ClaimedDelivery | null> {
    if (surfaces.length === 0) return null;
    const { rows } = await sql<Selectable<Schema['deliveries']>>`
      update deliveries set fence = ${fence}, due_at = null,
        lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}),
        must_look = must_look or fence is not null
      where workspace_id = ${this.workspace} and id = ${id} and not gone and surface = any (${[...surfaces]})
        and ((fence is null and due_at <= clock_timestamp()) or lease_until < clock_timestamp())
      returning *`.execute(this.db);
    const [row] = rows;
    const subject = row && (await this.#subject(row.subject));
    if (row && !subject) await this.#drop(id);
    if (!row || !subject) return null;
    return {
      id,
      thread: { surface: row.surface, channel: row.channel, key: row.thread_key },
      subject,
      refs: row.refs,
      shownDigest: row.shown_digest,
      mustLook: row.must_look,
      failures: row.failures,
    };
  }

  async settle(id: DeliveryId, fence: string, end: DeliveryEnd): Promise<{ isDue: boolean } | null> {
    const row = await this.db
      .updateTable('deliveries')
      .set({ fence: null, lease_until: null, ...settled(end) })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where('fence', '=', fence)
      .returning(sql<boolean>`not gone and due_at is not null and due_at <= clock_timestamp()`.as('is_due'))
      .executeTakeFirst();
    if (row) return { isDue: row.is_due };
    // Somebody took over, and what this sender did may have landed after what they showed: it is shown once more.
    await this.db
      .updateTable('deliveries')
      .set({ shown_digest: null, due_at: sql<Date>`clock_timestamp()` })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .where('gone', '=', false)
      .execute();
    return null;
  }

  /** What shows a row that is not there shows nothing. */
  async #drop(id: DeliveryId): Promise<void> {
    await this.db
      .updateTable('deliveries')
      .set({ ...settled({ kind: 'gone', reason: 'There is no such row' }), fence: null, lease_until: null })
      .where('workspace_id', '=', this.workspace)
      .where('id', '=', id)
      .execute();
  }

  async #subject(id: string): Promise<Subject | null> {
    if (id.startsWith('run_')) {
      const run = await this.#run(id as RunId); // ids keep their prefix
      return run && { kind: 'run', run };
    }
    const record = await new PostgresApprovalReader(this.db, this.workspace).ofAction(id as ActionId); // as above
    if (!record) return null;
    const { button_key: buttonKey } = await this.db
      .selectFrom('workspaces')
      .select('button_key')
      .where('id', '=', this.workspace)
      .executeTakeFirstOrThrow();
    return { kind: 'approval', record, buttonKey };
  }

  async #run(id: RunId): Promise<ShownRun | null> {
    const row = await this.db
      .selectFrom('runs')
      .innerJoin('agents', 'agents.id', 'runs.agent_id')
      .innerJoin('messages', (join) =>
        join
          .onRef('messages.session_id', '=', 'runs.session_id')
          .onRef('messages.seq', '=', 'runs.trigger_seq'),
      )
      .selectAll('runs')
      .select(['agents.name as agent_name', 'messages.text as input'])
      .select(
        sql<string | null>`(select model from steps where run_id = runs.id order by ordinal desc limit 1)`.as(
          'model',
        ),
      )
      .where('runs.workspace_id', '=', this.workspace)
      .where('runs.id', '=', id)
      .executeTakeFirst();
    if (!row) return null;
    return {
      id,
      agentId: row.agent_id as AgentId, // ids keep their prefix
      agent: row.agent_name,
      state: row.state as ShownRun['state'], // the table's check
      input: row.input,
      words: wordsOf(row.outcome as RunOutcome | null), // written from an outcome
      model: row.model,
      costMicros: row.cost_micros,
      simulated: row.simulated,
      tookMs: row.finished_at && row.finished_at.getTime() - row.created_at.getTime(),
    };
  }
}

function wordsOf(outcome: RunOutcome | null): string | null {
  if (!outcome) return null;
  if (outcome.kind !== 'cancelled') return outcome.text;
  return `⛔ Stopped${outcome.by ? ` by ${outcome.by}` : ''}. Nothing more will run.`;
}

function settled(end: DeliveryEnd) {
  switch (end.kind) {
    case 'shown':
      return {
        refs: [...end.refs],
        shown_digest: end.digest,
        must_look: false,
        failures: 0,
        last_failure: null,
      };
    case 'later':
      return {
        refs: [...end.refs],
        // Some of it may show something newer than what is noted.
        shown_digest: null,
        must_look: true,
        failures: sql<number>`failures + 1`,
        last_failure: cut(end.reason),
        due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${end.retryInMs / 1000})`,
      };
    case 'gone':
      return { gone: true, due_at: null, last_failure: cut(end.reason) };
  }
}

function cut(text: string): string {
  return storableText(text.slice(0, MOST_FAILURE_CHARS).toWellFormed());
}
