import { randomBytes } from 'node:crypto';

import { jest } from '@jest/globals';
import { Secret } from '@openloop/kernel';

import { loadConfig } from '../../src/config.js';
import { logger, serve, type Serving } from '../../src/serve.js';
import type { Outside } from './outside.js';
import { DECIDER, Person } from './person.js';
import { freshPlace, type Place } from './place.js';

/** A whole system starts, runs and stops in each story: on a busy machine that takes its time. Waits have bounds of their own. */
jest.setTimeout(120_000);

export function newAdminKey(): string {
  return `olk_${randomBytes(24).toString('hex')}`;
}

export interface OpenLoop {
  url: string;
  serving: Serving;
  /** Holds every scope. */
  operator: Person;
  /** May decide, and is named as approver. */
  priya: Person;
  /** May decide as far as the key goes, but is nobody's approver. */
  mallory: Person;
  close(): Promise<void>;
}

/** The runtime in this very thread, as `main.ts` starts it, with people who have keys. */
export async function startOpenLoop(
  outside: Outside,
  { place, env = {} }: { place?: Place; env?: Record<string, string> } = {},
): Promise<OpenLoop> {
  const home = place ?? (await freshPlace());
  const key = newAdminKey();
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'error', ...outside.env, ...home.env, ...env });
  const serving = await serve(config, { adminKey: new Secret(key) }, logger('error'));
  const operator = new Person(serving.url, key);
  const close = async () => {
    await serving.close();
    if (!place) await home.remove();
  };
  try {
    const [priya, mallory] = [
      await operator.admit('@priya', DECIDER),
      await operator.admit('@mallory', DECIDER),
    ];
    return { url: serving.url, serving, operator, priya, mallory, close };
  } catch (error) {
    await close();
    throw error;
  }
}
