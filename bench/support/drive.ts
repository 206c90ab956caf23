export interface Load {
  /** How many go on at once, each starting its next as soon as one ended. */
  concurrency: number;
  /** After this nothing new starts; what runs is waited for. */
  ms: number;
}

export interface Driven {
  count: number;
  wallMs: number;
  /** Of this program, in user and system mode, all threads. */
  cpuMs: number;
  p50Ms: number;
  p99Ms: number;
}

/** Does `once` over and over under a load, and measures it. */
export async function drive(once: () => Promise<void>, { concurrency, ms }: Load): Promise<Driven> {
  const took: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const lane = async () => {
    for (let at = startedAt; at - startedAt < ms;) {
      await once();
      const now = performance.now();
      took.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  took.sort((a, b) => a - b);
  const cpuMs = (user + system) / 1000;
  return { count: took.length, wallMs, cpuMs, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
