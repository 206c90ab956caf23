import { readFile, writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Database } from './database.js';
import { dumpSchema, openTestDatabase } from './testing/index.js';
import { schemaTypes } from './testing/schema-types.js';

const CHECKED_IN = new URL('../schema.sql', import.meta.url);
const ROW_TYPES = new URL('schema.ts', import.meta.url);

describe('schema.sql', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase();
  }, 240_000);
  afterAll(() => database.close());

  it('shows what the migrations make (UPDATE=1 writes it anew)', async () => {
    const made = await dumpSchema(database.pool);
    if (process.env['UPDATE'] === '1') await writeFile(CHECKED_IN, made);
    expect(await readFile(CHECKED_IN, 'utf8')).toBe(made);
  });

  it('has its row types in schema.ts (UPDATE=1 writes them anew)', async () => {
    const made = await schemaTypes(database.pool);
    if (process.env['UPDATE'] === '1') await writeFile(ROW_TYPES, made);
    expect(await readFile(ROW_TYPES, 'utf8')).toBe(made);
  });
});
