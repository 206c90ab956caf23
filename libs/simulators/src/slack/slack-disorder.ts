import type { SlackDelivery } from './slack-types.js';

export interface SlackDisorder {
  /** The same seed gives the same disorder. */
  seed: number;
  /** How often each event is delivered; 1 by default. Clicks and commands are never repeated by Slack. */
  copies?: number;
}

/** Every delivery, the events `copies` times, in an order that only the seed decides. */
export function disordered<T extends Pick<SlackDelivery, 'kind'>>(
  deliveries: readonly T[],
  { seed, copies = 1 }: SlackDisorder,
): T[] {
  const all = deliveries.flatMap((each) =>
    Array.from({ length: each.kind === 'events_api' ? copies : 1 }, () => each),
  );
  const random = mulberry32(seed);
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [all[last], all[other]];
    if (a === undefined || b === undefined) continue;
    all[last] = b;
    all[other] = a;
  }
  return all;
}

/** A small generator of numbers in [0, 1) with 32 bits of state, published as mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
