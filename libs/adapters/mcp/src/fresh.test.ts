import { describe, expect, it } from '@jest/globals';

import { Fresh, type Fetched } from './fresh.js';

describe('a value that is kept', () => {
  it('is fetched anew by whoever comes while an older fetch is under way and wants it newer, once for all of them', async () => {
    const { fresh, fetches, clock } = fixture();
    const first = fresh.get(0);
    clock.now = 10;
    const later = [fresh.get(5), fresh.get(5), fresh.get(0)];
    fetches[0]?.(1);
    await first;
    await until(() => fetches.length === 2);
    fetches[1]?.(2);

    expect([await first, ...(await Promise.all(later))]).toEqual([1, 2, 2, 2]);
    expect(fetches).toHaveLength(2);
  });

  it('is not kept when it was said to change while it was fetched', async () => {
    const { fresh, fetches } = fixture();
    const first = fresh.get(1_000);
    fresh.forget();
    fetches[0]?.(1);
    await first;
    const second = fresh.get(1_000);
    fetches[1]?.(2);

    expect(await second).toBe(2);
  });

  it.each([
    ['its author lets it', 100, 50, 1],
    ['its author does not', 20, 50, 2],
    ['its reader does not', 1_000, 500, 2],
  ])('is served from memory or not: %s', async (_, ttlMs, after, times) => {
    const { fresh, fetches, clock } = fixture(ttlMs);
    const first = fresh.get(200);
    fetches[0]?.(1);
    await first;
    clock.now = after;
    const second = fresh.get(200);
    fetches[1]?.(2);

    expect([await second, fetches.length]).toEqual([times, times]);
  });

  it('fails for a while without asking again, but not for who must know now', async () => {
    const { fresh, fetches, clock } = fixture();
    const failing = fresh.get(10_000);
    fetches[0]?.(new Error('down'));
    await expect(failing).rejects.toThrow('down');
    clock.now = 100;
    await expect(fresh.get(10_000)).rejects.toThrow('down');
    expect(fetches).toHaveLength(1);

    const now = fresh.get(0);
    fetches[1]?.(1);
    expect(await now).toBe(1);

    clock.now = 20_000;
    const after = fresh.get(10_000);
    fetches[2]?.(3);
    expect(await after).toBe(3);
  });
});

function fixture(ttlMs: number | null = null) {
  const clock = { now: 0 };
  const fetches: ((end: number | Error) => void)[] = [];
  const fetch = () =>
    new Promise<Fetched<number>>((resolve, reject) => {
      fetches.push((end) => (end instanceof Error ? reject(end) : resolve({ value: end, ttlMs })));
    });
  return { fresh: new Fresh(fetch, () => clock.now), fetches, clock };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
