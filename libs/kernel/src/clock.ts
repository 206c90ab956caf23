/**
 * The process's own clock, for durations and labels.
 * Decisions about time (expiry, budget periods, leases) use the database clock instead.
 */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
