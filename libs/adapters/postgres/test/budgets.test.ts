import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresBudgets } from '../src/index.js';
import type { BudgetScope, NoRoom } from '@openloop/ledger';
import { newId, type WorkspaceId } from '@openloop/kernel';
import { sql } from 'kysely';

import { change, one, openBench, rowsOf, type Bench } from './bench.js';

let bench: Bench;
let budgets: PostgresBudgets;
beforeAll(async () => {
  bench = await openBench();
  budgets = new PostgresBudgets(bench.db);
}, 240_000);
afterAll(() => bench.close());

describe('reserving', () => {
  it('holds the amount in every scope, or in none and names the tightest', async () => {
    const books = await someBooks();
    const scopes = [limit('agent:a', 1_000), limit('run:r', 300)];

    expect(await books.reserve('one', 200, scopes)).toBeNull();
    expect(await books.reserve('two', 200, scopes)).toEqual({
      scope: 'run:r',
      limitMicros: 300,
      spentMicros: 0,
      reservedMicros: 200,
    } satisfies NoRoom);

    expect(await books.counter('agent:a')).toMatchObject({ reserved_u: 200, spent_u: 0 });
    expect(await books.counter('run:r')).toMatchObject({ reserved_u: 200, spent_u: 0 });
  });

  it('up to the last micro-dollar, and not one beyond it', async () => {
    const books = await someBooks();

    expect(await books.reserve('one', 1_000)).toBeNull();
    expect(await books.reserve('two', 1)).toMatchObject({ scope: 'agent:a', reservedMicros: 1_000 });
    expect(await books.reserve('three', 0)).toBeNull();
  });

  it('twice under one name holds once, also after it ended', async () => {
    const books = await someBooks();

    expect(await books.reserve('one', 600)).toBeNull();
    expect(await books.reserve('one', 600)).toBeNull();
    expect(await books.counter()).toMatchObject({ reserved_u: 600 });
    await books.settle('one', 100);
    expect(await books.reserve('one', 600)).toBeNull();

    expect(await books.counter()).toMatchObject({ reserved_u: 0, spent_u: 100 });
  });

  it('does not touch the same names in another workspace', async () => {
    const [mine, theirs] = [await someBooks(), await someBooks()];
    await mine.reserve('one', 1_000);

    expect(await theirs.reserve('one', 1_000)).toBeNull();
    await theirs.settle('one', 5);
    expect(await mine.counter()).toMatchObject({ reserved_u: 1_000, spent_u: 0 });
  });

  it('with nothing to count against always goes', async () => {
    const books = await someBooks();

    expect(await books.reserve('one', 1_000_000, [])).toBeNull();
    expect(await budgets.room(books.workspace, [])).toBeNull();
  });

  it('is in the month of the database clock', async () => {
    const books = await someBooks();
    await books.reserve('one', 100, [{ ...limit('agent:a', 1_000), period: 'month' }]);

    const { period } = await books.counter();
    const month = await rowsOf<{ month: string }>(
      bench,
      sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as month`,
    );
    expect(period).toBe(one(month).month);
  });
});

describe('many calls at once', () => {
  it.each([1, 3])('never hold more than the limit, in %i scopes', async (count) => {
    const books = await someBooks();
    const scopes = Array.from({ length: count }, (_, i) => limit(`scope:${i}`, 1_000 + i));
    const mixed = (i: number) => (i % 2 ? scopes.toReversed() : scopes);

    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) => books.reserve(`r${i}`, 70, mixed(i))),
    );

    expect(answers.filter((answer) => answer === null)).toHaveLength(14);
    expect(await books.counter('scope:0')).toMatchObject({ reserved_u: 980, overrun_u: 0 });
  });

  it('of a counter that nobody has made yet are all counted', async () => {
    const books = await someBooks();

    await Promise.all(Array.from({ length: 32 }, (_, i) => books.reserve(`r${i}`, 10)));

    expect(await books.counter()).toMatchObject({ reserved_u: 320 });
  });

  it('that end the same hold in every way end it once', async () => {
    const books = await someBooks();
    await books.reserve('one', 500);

    await Promise.all([
      books.settle('one', 200),
      books.release('one'),
      books.settle('one', 200),
      books.release('one'),
    ]);

    const { state } = await books.hold('one');
    expect(await books.counter()).toMatchObject({ reserved_u: 0, spent_u: state === 'settled' ? 200 : 0 });
  });
});

describe('ending a hold', () => {
  it('settles what it cost and gives the rest back', async () => {
    const books = await someBooks();
    await books.reserve('one', 900);
    await books.settle('one', 40);
    await books.settle('one', 700);

    expect(await books.counter()).toMatchObject({ reserved_u: 0, spent_u: 40 });
    expect(await budgets.room(books.workspace, [limit('agent:a', 1_000)])).toBe(960);
  });

  it('charges in full, and a late bill corrects it', async () => {
    const books = await someBooks();
    await books.reserve('one', 900);
    await books.charge('one');
    await books.charge('one');
    await books.release('one');
    expect(await books.counter()).toMatchObject({ reserved_u: 0, spent_u: 900 });

    await books.settle('one', 40);
    await books.charge('one');
    expect(await books.counter()).toMatchObject({ reserved_u: 0, spent_u: 40 });
  });

  it('books also what is beyond the reservation and the limit, and lets nothing more through', async () => {
    const books = await someBooks();
    await books.reserve('one', 900);
    await books.settle('one', 5_000);

    expect(await books.counter()).toMatchObject({ spent_u: 5_000, overrun_u: 4_000 });
    expect(await books.reserve('two', 1)).toMatchObject({ spentMicros: 5_000 });
    expect(await budgets.room(books.workspace, [limit('agent:a', 1_000)])).toBe(0);
  });

  it('is never a release when its time is over: the provider may have billed it', async () => {
    const books = await someBooks();
    await books.reserve('old', 300);
    await books.reserve('new', 200);
    await change(
      bench,
      sql`update budget_holds set expires_at = clock_timestamp() where workspace_id = ${books.workspace} and id = 'old'`,
    );

    await bench.system.chargeExpiredHolds();
    await bench.system.chargeExpiredHolds();

    expect(await books.counter()).toMatchObject({ reserved_u: 200, spent_u: 300 });
    expect((await books.hold('old')).state).toBe('charged');
  });

  it('that is not there changes nothing', async () => {
    const books = await someBooks();
    await books.settle('none', 100);
    await books.charge('none');
    await books.release('none');

    expect(
      await rowsOf(bench, sql`select 1 from budget_counters where workspace_id = ${books.workspace}`),
    ).toEqual([]);
  });
});

describe('a limit that changes', () => {
  it('to below what is spent refuses, keeps the difference in view, and opens again when it is raised', async () => {
    const books = await someBooks();
    await books.reserve('one', 800);
    await books.settle('one', 800);

    expect(await books.reserve('two', 1, [limit('agent:a', 500)])).toMatchObject({
      limitMicros: 500,
      spentMicros: 800,
    });
    expect(await books.counter()).toMatchObject({ limit_u: 500, overrun_u: 300 });
    expect(await books.reserve('three', 100, [limit('agent:a', 900)])).toBeNull();
    expect(await books.counter()).toMatchObject({ limit_u: 900, overrun_u: 0, reserved_u: 100 });
  });

  it('from a warning to a block counts what was spent before', async () => {
    const books = await someBooks();
    const warn = { ...limit('agent:a', 1_000), mode: 'warn' as const };

    expect(await books.reserve('one', 3_000, [warn])).toBeNull();
    await books.settle('one', 2_500);
    expect(await budgets.room(books.workspace, [warn])).toBeNull();
    expect(await books.reserve('two', 1)).toMatchObject({ limitMicros: 1_000, spentMicros: 2_500 });
  });
});

describe('the database itself', () => {
  it.each([
    ['a reservation below zero', sql`reserved_u = -1`],
    ['spending below zero', sql`spent_u = -1`],
    ['more spent than the limit', sql`spent_u = limit_u + 1`],
    ['more reserved than the limit', sql`reserved_u = limit_u + 1`],
  ])('refuses %s', async (_, assignment) => {
    const books = await someBooks();
    await books.reserve('one', 0);

    await expect(
      change(bench, sql`update budget_counters set ${assignment} where workspace_id = ${books.workspace}`),
    ).rejects.toMatchObject({ code: '23514' });
  });
});

const FOR = { runId: newId('run'), model: 'sim/demo', simulated: true };

function limit(scope: string, limitMicros: number): BudgetScope {
  return { scope, period: 'whole', limitMicros, mode: 'block' };
}

async function someBooks() {
  const workspace: WorkspaceId = await bench.system.ensureWorkspace(newId('wsp'));
  const { transact } = bench;
  const usual = [limit('agent:a', 1_000)];
  return {
    workspace,
    reserve: (id: string, amountMicros: number, scopes = usual) =>
      budgets.reserve(workspace, { id, scopes, amountMicros, expiresInSeconds: 300, ...FOR }),
    settle: (id: string, micros: number) =>
      transact(workspace, ({ budgetBooks }) => budgetBooks.settle(id, micros)),
    charge: (id: string) => transact(workspace, ({ budgetBooks }) => budgetBooks.charge(id)),
    release: (id: string) => budgets.release(workspace, id),
    counter: async (scope = 'agent:a') =>
      one(
        await rowsOf<Counter>(
          bench,
          sql`select * from budget_counters where workspace_id = ${workspace} and scope = ${scope}`,
        ),
      ),
    hold: async (id: string) =>
      one(
        await rowsOf<{ state: string }>(
          bench,
          sql`select state from budget_holds where workspace_id = ${workspace} and id = ${id}`,
        ),
      ),
  };
}

interface Counter {
  period: string;
  limit_u: number;
  reserved_u: number;
  spent_u: number;
  overrun_u: number;
}
