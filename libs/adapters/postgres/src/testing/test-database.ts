import { Secret } from '@openloop/kernel';

import type { Database } from '../database.js';
import { openDatabase } from '../database.js';
import { cloneOnServer } from './server-template.js';
import { embeddedTemplate } from './embedded-template.js';

/**
 * A fresh, migrated database that goes away at `close`: in memory, or, where `OPENLOOP_TEST_DATABASE_URL` names a
 * server on which databases may be made, one of its own there.
 */
export async function openTestDatabase(): Promise<Database> {
  const server = process.env['OPENLOOP_TEST_DATABASE_URL'];
  if (server) return cloneOnServer(new Secret(server));
  return openDatabase({ directory: 'memory', from: await embeddedTemplate() });
}
