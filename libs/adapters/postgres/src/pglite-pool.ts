import { EventEmitter } from 'node:events';

import type { PGlite } from '@electric-sql/pglite';
import { PglitePgConnection } from '@electric-sql/pglite/node-postgres';
import { AppError } from '@openloop/kernel';
import pg from 'pg';

import { columnTypes } from './pg-types.js';

type Statement = string | pg.QueryConfig;
type Values = readonly unknown[] | undefined;

export interface PglitePoolOptions {
  /** How long a query waits for others to finish; a transaction that waits for itself ends here too. */
  turnTimeoutMs?: number;
}

const TURN_TIMEOUT_MS = 15_000;

/**
 * An object shaped like `pg.Pool` over the one session that PGlite has.
 *
 * A client has the session to itself from `BEGIN` to `COMMIT` or `ROLLBACK`; outside a transaction it has it for one
 * query at a time, so that a client kept for `LISTEN` stops nobody. State that outlives a statement without a
 * transaction (`SET`, temporary tables, session-level advisory locks) is therefore shared by all.
 */
export class PglitePool extends EventEmitter {
  /** Read by BullMQ: notifications do not get lost here, so there is nothing to poll for. */
  readonly options = { max: 1, keepAlive: true };
  readonly #session: Session;
  readonly #turns: Turns;
  readonly #clients = new Set<PgliteClient>();
  #ended = false;

  constructor(pglite: PGlite, { turnTimeoutMs = TURN_TIMEOUT_MS }: PglitePoolOptions = {}) {
    super();
    this.#session = new Session(pglite);
    this.#turns = new Turns(turnTimeoutMs);
    pglite.onNotification((channel, payload) => {
      for (const client of this.#clients) client.hear(channel, payload);
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get totalCount(): number {
    return this.#clients.size;
  }

  get waitingCount(): number {
    return this.#turns.waiting;
  }

  async connect(): Promise<PgliteClient> {
    if (this.#ended) {
      throw new AppError('unavailable', 'database.closed', 'The embedded database is closed');
    }
    const client: PgliteClient = new PgliteClient(this.#session, this.#turns, () =>
      this.#clients.delete(client),
    );
    this.#clients.add(client);
    return client;
  }

  async query(statement: Statement, values?: Values): Promise<pg.QueryResult> {
    const client = await this.connect();
    try {
      return await client.query(statement, values);
    } finally {
      await client.release();
    }
  }

  /** Takes no new work and resolves when what is running has ended. PGlite itself stays open. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const done = await this.#turns.take();
    this.#clients.clear();
    done();
  }
}

/** Shaped like `pg.PoolClient`. Emits `notification` for the channels it listens to. */
class PgliteClient extends EventEmitter {
  readonly #channels = new Set<string>();
  #done: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #released = false;

  constructor(
    private readonly session: Session,
    private readonly turns: Turns,
    private readonly forget: () => void,
  ) {
    super();
  }

  query(statement: Statement, values?: Values): Promise<pg.QueryResult> {
    if (this.#released) {
      return Promise.reject(new AppError('bug', 'database.client_released', 'This client was released'));
    }
    return this.#inOrder(() => this.#run(statement, values));
  }

  /** Gives the session back; a transaction left open is rolled back. */
  release(_destroy?: boolean | Error): Promise<void> {
    if (this.#released) return Promise.resolve();
    this.#released = true;
    this.#channels.clear();
    this.forget();
    return this.#inOrder(async () => {
      if (!this.#done) return;
      await this.session.query('ROLLBACK').catch(() => undefined);
      this.#giveBack();
    });
  }

  hear(channel: string, payload: string): void {
    if (this.#channels.has(channel)) this.emit('notification', { channel, payload });
  }

  #inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #run(statement: Statement, values: Values): Promise<pg.QueryResult> {
    this.#done ??= await this.turns.take();
    try {
      const result = await this.session.query(statement, values);
      this.#noteListen(typeof statement === 'string' ? statement : statement.text);
      return result;
    } finally {
      if (!this.session.inTransaction) this.#giveBack();
    }
  }

  #noteListen(sql: string): void {
    const listen = listenOf(sql);
    if (listen?.kind === 'listen') this.#channels.add(listen.channel);
    else if (listen?.channel === '*') this.#channels.clear();
    else if (listen) this.#channels.delete(listen.channel);
  }

  #giveBack(): void {
    this.#done?.();
    this.#done = undefined;
  }
}

/** The one `pg.Client` on the one PGlite session; made again if it breaks. */
class Session {
  #client: Promise<pg.Client> | undefined;
  #inTransaction = false;

  constructor(private readonly pglite: PGlite) {}

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  async query(statement: Statement, values?: Values): Promise<pg.QueryResult> {
    const sql = typeof statement === 'string' ? statement : statement.text;
    // One client's UNLISTEN must not deafen the others: which client hears what is decided in the pool.
    const sent = listenOf(sql)?.kind === 'unlisten' ? 'SELECT WHERE false' : statement;
    this.#client ??= this.#open();
    try {
      const client = await this.#client;
      return await client.query(sent, values ? [...values] : undefined);
    } finally {
      this.#inTransaction = !this.pglite.closed && this.pglite.isInTransaction();
    }
  }

  async #open(): Promise<pg.Client> {
    const forget = () => (this.#client = undefined);
    const settings = {
      connection: new PglitePgConnection({ pglite: this.pglite }),
      types: columnTypes,
      // Never sent anywhere. Named so that pg does not look for them in the environment.
      host: 'localhost',
      port: 5432,
      user: 'postgres',
      database: 'postgres',
      password: 'unused',
    };
    const client = new pg.Client(settings);
    client.once('error', forget);
    client.on('error', () => undefined);
    client.once('end', forget);
    await client.connect();
    return client;
  }
}

/** First come, first served. */
class Turns {
  readonly #queue: (() => void)[] = [];
  #taken = false;

  constructor(private readonly timeoutMs: number) {}

  get waiting(): number {
    return this.#queue.length;
  }

  async take(): Promise<() => void> {
    if (this.#taken) await this.#wait();
    this.#taken = true;
    let returned = false;
    return () => {
      if (returned) return;
      returned = true;
      const next = this.#queue.shift();
      if (next) next();
      else this.#taken = false;
    };
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(start), 1);
        reject(
          new AppError('unavailable', 'database.busy', 'The embedded database was busy for too long', {
            hint: 'A transaction that uses the pool instead of its own client waits for itself',
          }),
        );
      }, this.timeoutMs);
      this.#queue.push(start);
    });
  }
}

const LISTEN = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(un)?listen\s+(\*|"(?:[^"]|"")+"|[a-z_][\w$]*)/i;

/** The channel of a `LISTEN` or `UNLISTEN`, also behind comments: BullMQ's statements begin with some. */
function listenOf(sql: string): { kind: 'listen' | 'unlisten'; channel: string } | undefined {
  const [, un, name] = LISTEN.exec(sql) ?? [];
  if (!name) return undefined;
  const channel = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
  return { kind: un ? 'unlisten' : 'listen', channel };
}
