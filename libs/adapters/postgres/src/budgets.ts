import type { MicroUsd, WorkspaceId } from '@openloop/kernel';
import type { BudgetBooks, Budgets, BudgetScope, NoRoom, Reservation } from '@openloop/ledger';
import { sql, type Kysely } from 'kysely';

import type { Schema } from './schema.js';

/** Statements of their own, outside any transaction: a reservation stands as soon as it is made. */
export class PostgresBudgets implements Budgets {
  constructor(private readonly db: Kysely<Schema>) {}

  async reserve(
    workspace: WorkspaceId,
    { id, scopes, amountMicros, expiresInSeconds, runId, model, simulated }: Reservation,
  ): Promise<NoRoom | null> {
    const { rows } = await sql<{ scope: string; limit_u: number; spent_u: number; reserved_u: number }>`
      select * from budget_reserve(
        ${workspace}, ${id}, ${scopes.map(({ scope }) => scope)}::text[], ${scopes.map(({ period }) => period)}::text[],
        ${scopes.map(({ limitMicros }) => limitMicros)}::bigint[], ${scopes.map(({ mode }) => mode)}::text[],
        ${amountMicros}::bigint, ${expiresInSeconds}::integer, ${runId}, ${model}, ${simulated})`.execute(
      this.db,
    );
    const full = rows[0];
    if (!full) return null;
    return {
      scope: full.scope,
      limitMicros: full.limit_u,
      spentMicros: full.spent_u,
      reservedMicros: full.reserved_u,
    };
  }

  async room(workspace: WorkspaceId, scopes: readonly BudgetScope[]): Promise<MicroUsd | null> {
    const blocking = scopes.filter(({ mode }) => mode === 'block');
    if (blocking.length === 0) return null;
    const { rows } = await sql<{ room: number }>`
      select greatest(0, min(t.l - coalesce(c.spent_u + c.reserved_u, 0))) as room
      from unnest(
        ${blocking.map(({ scope }) => scope)}::text[], ${blocking.map(({ period }) => period)}::text[],
        ${blocking.map(({ limitMicros }) => limitMicros)}::bigint[]
      ) as t (s, p, l)
      left join budget_counters c
        on c.workspace_id = ${workspace} and c.scope = t.s and c.period = budget_period(t.p)`.execute(
      this.db,
    );
    return rows[0]?.room ?? 0;
  }

  async release(workspace: WorkspaceId, id: string): Promise<void> {
    await endHold(this.db, { workspace, id, to: 'released', actual: 0 });
  }
}

export class PostgresBudgetBooks implements BudgetBooks {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly workspace: WorkspaceId,
  ) {}

  async settle(id: string, actualMicros: MicroUsd): Promise<void> {
    await endHold(this.db, { workspace: this.workspace, id, to: 'settled', actual: actualMicros });
  }

  async charge(id: string): Promise<void> {
    await endHold(this.db, { workspace: this.workspace, id, to: 'charged', actual: 0 });
  }
}

interface HoldEnd {
  workspace: WorkspaceId;
  id: string;
  to: 'settled' | 'charged' | 'released';
  actual: MicroUsd;
}

async function endHold(db: Kysely<Schema>, { workspace, id, to, actual }: HoldEnd): Promise<void> {
  await sql`select budget_end(${workspace}, ${id}, ${to}, ${actual}::bigint)`.execute(db);
}
