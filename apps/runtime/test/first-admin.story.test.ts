import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';
import { Secret } from '@openloop/kernel';

import { ensureAdmin } from '../src/first-admin.js';
import { newAdminKey, startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { Outside } from './harness/outside.js';
import { Person } from './harness/person.js';

const REPLICAS = 5;

let outside: Outside;
let loop: OpenLoop;

beforeAll(async () => {
  outside = await Outside.start();
  loop = await startOpenLoop(outside);
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

describe('The key that an operator gives to several replicas', () => {
  it('is made once when all of them start at the same time, and is valid', async () => {
    const key = newAdminKey();
    const starts = Array.from({ length: REPLICAS }, () => ensureAdmin(loop.serving.system, new Secret(key)));
    expect(new Set(await Promise.all(starts)).size).toBe(1);
    const { data } = await new Person(loop.url, key).call(routes['audit.list'], {
      query: { name: 'key.created', actor: 'system' },
    });
    expect(data).toHaveLength(2);
  });
});
