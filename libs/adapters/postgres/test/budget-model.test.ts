import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresBudgets } from '../src/index.js';
import { newId, type WorkspaceId } from '@openloop/kernel';
import type { BudgetScope } from '@openloop/ledger';
import { sql } from 'kysely';

import { openBench, rowsOf, seeded, type Bench } from './bench.js';

const FOR = { runId: newId('run'), model: 'sim/demo', simulated: true };
const SEEDS = 40;
const STEPS = 75;
const NAMES = 12;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

type State = 'held' | 'settled' | 'charged' | 'released';

interface Hold {
  scopes: readonly string[];
  amount: number;
  booked: number;
  state: State;
}

/** Budgets as they should be, in as few words as they can be said. */
class ReferenceLedger {
  readonly holds = new Map<string, Hold>();

  room(scopes: readonly BudgetScope[]): number {
    const rooms = scopes
      .filter(({ mode }) => mode === 'block')
      .map(({ scope, limitMicros }) => limitMicros - this.reserved(scope) - this.spent(scope));
    return Math.min(...rooms);
  }

  reserve(id: string, scopes: readonly BudgetScope[], amount: number): boolean {
    if (this.holds.has(id)) return true;
    if (this.room(scopes) < amount) return false;
    this.holds.set(id, { scopes: scopes.map(({ scope }) => scope), amount, booked: 0, state: 'held' });
    return true;
  }

  end(id: string, to: State, actual: number): void {
    const hold = this.holds.get(id);
    const isOpen = hold?.state === 'held' || (hold?.state === 'charged' && to === 'settled');
    if (!hold || !isOpen) return;
    hold.state = to;
    hold.booked = to === 'settled' ? actual : to === 'charged' ? hold.amount : 0;
  }

  reserved(scope: string): number {
    return this.#sum(scope, ({ state, amount }) => (state === 'held' ? amount : 0));
  }

  spent(scope: string): number {
    return this.#sum(scope, ({ booked }) => booked);
  }

  #sum(scope: string, of: (hold: Hold) => number): number {
    return [...this.holds.values()]
      .filter(({ scopes }) => scopes.includes(scope))
      .reduce((sum, hold) => sum + of(hold), 0);
  }
}

describe('budgets', () => {
  it('agree with the reference ledger after every step of random sequences', async () => {
    const seen = { granted: 0, refused: 0, ended: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) await compare(seed, seen);

    expect(seen.granted).toBeGreaterThan(SEEDS * 3);
    expect(seen.refused).toBeGreaterThan(SEEDS);
    expect(seen.ended).toBeGreaterThan(SEEDS * 10);
  }, 240_000);
});

async function compare(
  seed: number,
  seen: { granted: number; refused: number; ended: number },
): Promise<void> {
  const random = seeded(seed);
  const below = (count: number) => Math.floor(random() * count);
  const workspace = await bench.system.ensureWorkspace(newId('wsp'));
  const [budgets, ledger] = [new PostgresBudgets(bench.db), new ReferenceLedger()];
  const limits = new Map([
    ['agent:a', 500],
    ['run:r', 200],
  ]);
  const mode = seed % 5 === 0 ? ('warn' as const) : ('block' as const);

  for (let step = 0; step < STEPS; step += 1) {
    const id = `h${below(NAMES)}-${Math.floor(step / 30)}`;
    const at = { seed, step };
    if (random() < 0.05) limits.set('agent:a', 100 + below(800));
    const all = [...limits].map(([scope, limitMicros]): BudgetScope => ({
      scope,
      period: 'whole',
      limitMicros,
      mode: scope === 'run:r' ? mode : 'block',
    }));
    const scopes = random() < 0.3 ? all.slice(0, 1) : all;
    const amount = below(120);
    const choice = random();
    if (choice < 0.5) {
      const isFree = ledger.reserve(id, scopes, amount);
      const refused = await budgets.reserve(workspace, {
        id,
        scopes,
        amountMicros: amount,
        expiresInSeconds: 300,
        ...FOR,
      });
      expect({ ...at, isFree: refused === null }).toEqual({ ...at, isFree });
      seen[isFree ? 'granted' : 'refused'] += 1;
    } else {
      const to = choice < 0.75 ? 'settled' : choice < 0.88 ? 'charged' : 'released';
      const actual = random() < 0.1 ? amount * 5 : below(60);
      ledger.end(id, to, actual);
      await end(workspace, budgets, { id, to, actual });
      seen.ended += 1;
    }
    await expectSame(workspace, ledger, at);
  }
}

async function end(
  workspace: WorkspaceId,
  budgets: PostgresBudgets,
  { id, to, actual }: { id: string; to: State; actual: number },
): Promise<void> {
  if (to === 'released') return budgets.release(workspace, id);
  return bench.transact(workspace, ({ budgetBooks }) =>
    to === 'settled' ? budgetBooks.settle(id, actual) : budgetBooks.charge(id),
  );
}

async function expectSame(workspace: WorkspaceId, ledger: ReferenceLedger, at: object): Promise<void> {
  const counters = await rowsOf<{ scope: string; reserved: number; spent: number; isWithin: boolean }>(
    bench,
    sql`select scope, reserved_u as reserved, spent_u as spent,
        mode = 'warn' or (spent_u + reserved_u <= limit_u + overrun_u
          and overrun_u = greatest(0, spent_u + reserved_u - limit_u)) as "isWithin"
      from budget_counters where workspace_id = ${workspace}`,
  );
  for (const { scope, ...found } of counters) {
    const wanted = { reserved: ledger.reserved(scope), spent: ledger.spent(scope), isWithin: true };
    expect({ ...at, scope, ...found }).toEqual({ ...at, scope, ...wanted });
  }
}
