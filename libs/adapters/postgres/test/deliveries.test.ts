import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execute } from '@openloop/actions';
import { deliver } from '@openloop/deliveries';
import type { DeliveryId } from '@openloop/kernel';
import type { Rendering, Shown, Surface, ToShow } from '@openloop/surfaces';

import { answer, aTeam, held, openBench, type Bench, type Held, type Team, toolboxOf } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

const THREAD = { surface: 'slack', channel: 'C1', key: 'C1/1' };

describe('the card of a held action', () => {
  it('is posted once, becomes what was decided, and then what came of it', async () => {
    const { team, waiting, wall } = await shown();
    await wall.catchUp();
    await answer(team, waiting, team.ana);
    await wall.catchUp();
    await execute(
      { transact: team.transact, toolbox: toolboxOf(team.catalog) },
      team.workspace,
      waiting.actionId,
    );
    await wall.catchUp();

    expect(wall.states()).toEqual(['⏳ Approval required:', '✅ Approved, running…', '✅ Approved:']);
    expect(wall.asked.map(({ refs }) => refs)).toEqual([[], ['m1'], ['m1']]);
    expect(
      wall.asked.map(({ rendering }) => rendering.kind === 'approval' && rendering.buttons !== null),
    ).toEqual([true, false, false]);
  });

  it('is not sent again while the row stays as it is', async () => {
    const { wall } = await shown();
    await wall.catchUp();
    await wall.makeDue();
    await wall.catchUp();

    expect(wall.asked).toHaveLength(1);
  });

  it('has no Approve when it could not show everything', async () => {
    const { wall } = await shown({ args: { repo: 'acme/shop', title: 'x'.repeat(30_000) } });
    await wall.catchUp();

    const [first] = wall.asked;
    expect(first?.rendering).toMatchObject({ kind: 'approval', buttons: { deny: expect.any(String) } });
    expect(first?.rendering.kind === 'approval' && first.rendering.buttons?.approve).toBeUndefined();
  });

  it('is tried again when the surface is away, and looked for before it is posted again', async () => {
    const { team, waiting, wall } = await shown();
    wall.answers.push({ kind: 'later', retryInMs: 0, reason: 'away', refs: [] });
    await wall.catchUp();
    await answer(team, waiting, team.ana);
    await wall.makeDue();
    await wall.catchUp();

    expect(wall.asked.map(({ mustLook }) => mustLook)).toEqual([false, true]);
    expect(wall.states().at(-1)).toBe('✅ Approved, running…');
  });

  it('never holds a decision up, also when the surface throws', async () => {
    const { team, waiting, wall } = await shown();
    wall.answers.push(new Error('boom'));
    await wall.catchUp();

    expect((await answer(team, waiting, team.ana)).kind).toBe('decided');
  });

  it('that can never be shown is given up and put on record', async () => {
    const { team, wall } = await shown();
    wall.answers.push({ kind: 'gone', reason: 'is_archived' });
    await wall.catchUp();
    await wall.makeDue();
    await wall.catchUp();

    expect(wall.asked).toHaveLength(1);
    const entries = await team.audit.list({ name: 'delivery.failed' }, { limit: 9, order: 'asc' });
    expect(entries.map(({ body }) => (JSON.parse(body) as { facts: object }).facts)).toEqual([
      expect.objectContaining({ surface: 'slack', reason: 'is_archived' }),
    ]);
  });

  it('is sent by one of many workers', async () => {
    const { wall } = await shown();

    await Promise.all(Array.from({ length: 6 }, () => wall.catchUp()));

    expect(wall.asked).toHaveLength(1);
  });

  it('whose sender died is taken over when its lease ran out, and looked for', async () => {
    const { team, wall } = await shown();
    const [id] = await wall.due();
    const hold = { fence: 'f'.repeat(26), leaseSeconds: 30, surfaces: ['slack'] };
    await team.transact(team.workspace, ({ deliveries }) => deliveries.claim(id!, hold));
    await wall.catchUp();
    expect(wall.asked).toHaveLength(0);

    await team.system.expireLeases();
    await wall.catchUp();

    expect(wall.asked).toMatchObject([{ mustLook: true, refs: [] }]);
    const late = await team.transact(team.workspace, ({ deliveries }) =>
      deliveries.settle(id!, hold.fence, { kind: 'gone', reason: 'late' }),
    );
    expect(late).toBeNull();
    // What the late one did may have landed last.
    await wall.catchUp();
    expect(wall.asked).toHaveLength(2);
  });

  it('is shown again when its row changed while it was being shown', async () => {
    const { team, waiting, wall } = await shown();
    wall.meanwhile = () => answer(team, waiting, team.ana);
    await wall.catchUp();

    expect(wall.states()).toEqual(['⏳ Approval required:', '✅ Approved, running…']);
  });
});

/** A surface that takes everything and says what it is told to say. */
class Wall {
  readonly asked: ToShow[] = [];
  readonly answers: (Shown | Error)[] = [];
  meanwhile: (() => Promise<unknown>) | null = null;

  constructor(private readonly team: Team) {}

  async due(): Promise<DeliveryId[]> {
    const rows = await this.team.system.dueDeliveries();
    return rows
      .filter(({ workspace }) => workspace === this.team.workspace)
      .map(({ id }) => id as DeliveryId); // ids keep their prefix
  }

  async catchUp(): Promise<void> {
    const surface = {
      name: 'slack',
      show: (wanted: ToShow) => this.#show(wanted),
    } as Partial<Surface> as Surface; // only `show` is called
    const parts = { transact: this.team.transact, surfaces: new Map([['slack', surface]]) };
    for (const id of await this.due()) await deliver(parts, this.team.workspace, id);
  }

  async makeDue(): Promise<void> {
    await this.team.db
      .updateTable('deliveries')
      .set({ due_at: new Date(0) })
      .where('workspace_id', '=', this.team.workspace)
      .execute();
  }

  states(): string[] {
    return this.asked.map(({ rendering }) => stateOf(rendering));
  }

  async #show(wanted: ToShow): Promise<Shown> {
    this.asked.push(wanted);
    const next = this.meanwhile;
    this.meanwhile = null;
    await next?.();
    const answered = this.answers.shift() ?? { kind: 'shown' as const, refs: ['m1'] };
    if (answered instanceof Error) throw answered;
    return answered;
  }
}

function stateOf(rendering: Rendering): string {
  return rendering.kind === 'approval' ? rendering.card.state : rendering.signal;
}

async function shown(
  options: Parameters<typeof held>[1] = {},
): Promise<{ team: Team; waiting: Held; wall: Wall }> {
  const team = await aTeam(bench);
  const waiting = await held(team, { ...options, thread: THREAD });
  return { team, waiting, wall: new Wall(team) };
}
