import { setTimeout as pause } from 'node:timers/promises';

/** Waits until it is so. Gives up with an error after 5 seconds. */
export async function eventually(isSo: () => boolean): Promise<void> {
  const until = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > until) throw new Error(`Never came true: ${isSo.toString()}`);
    await pause(5);
  }
}
