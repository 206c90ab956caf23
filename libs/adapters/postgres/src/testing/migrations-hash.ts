import { createHash } from 'node:crypto';

import type { Migration } from '../migrate.js';

/** Names the state that these migrations lead to, with whatever else decides about it. */
export function hashOf(migrations: readonly Migration[], more: readonly string[] = []): string {
  const hash = createHash('sha256');
  for (const part of [...more, ...migrations.map(({ name, checksum }) => `${name} ${checksum}`)]) {
    hash.update(`${part}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
