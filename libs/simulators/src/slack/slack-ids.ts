/** Slack's ids and clocks: nothing repeats within one simulator, and time never stands still. */
export class SlackIds {
  #count = 0;
  #lastMicros = 0;

  constructor(readonly now: () => Date) {}

  /** `C0000001`. */
  next(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count.toString(36).toUpperCase().padStart(8, '0')}`;
  }

  /** `1700000000.000100`, later than every one before. */
  ts(): string {
    this.#lastMicros = Math.max(this.now().getTime() * 1000, this.#lastMicros + 100);
    return `${Math.floor(this.#lastMicros / 1_000_000)}.${String(this.#lastMicros % 1_000_000).padStart(6, '0')}`;
  }
}

/** A `ts` in seconds. */
export function seconds(ts: string): number {
  return Math.floor(Number(ts));
}
