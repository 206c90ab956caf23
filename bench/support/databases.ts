import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { randomChars } from '@openloop/kernel';
import pg from 'pg';

const NAME_CHARS = 10;

/** Empty databases on the server of the test services, and empty folders, all gone after `drop`. */
export class Databases {
  readonly #undo: (() => Promise<void>)[] = [];

  private constructor(readonly serverUrl: string) {}

  /** @throws when the services are not up */
  static find(): Databases {
    const url = process.env['OPENLOOP_TEST_DATABASE_URL'];
    if (!url) throw new Error('No Postgres: run this as `npm run bench`, which starts one');
    return new Databases(url);
  }

  async onServer(): Promise<string> {
    const name = `bench_${randomChars(NAME_CHARS).toLowerCase()}`;
    await this.#run(`create database ${name}`);
    this.#undo.push(() => this.#run(`drop database ${name} with (force)`));
    const url = new URL(this.serverUrl);
    url.pathname = `/${name}`;
    return url.href;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'openloop-bench-'));
    this.#undo.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async drop(): Promise<void> {
    for (const undo of this.#undo) await undo();
  }

  async #run(statement: string): Promise<void> {
    const client = new pg.Client(this.serverUrl);
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
