import type { Clock } from '../clock.js';

/** Stands still until it is told to move. */
export class FixedClock implements Clock {
  #now: Date;

  constructor(now = new Date('2026-11-20T09:00:00.000Z')) {
    this.#now = now;
  }

  now(): Date {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now = new Date(this.#now.getTime() + ms);
  }
}
