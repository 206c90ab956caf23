import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { AppError, messageOf, type Secret } from '@openloop/kernel';
import pg from 'pg';

import { lockDataFolder } from './data-lock.js';
import { columnTypes } from './pg-types.js';
import { PglitePool } from './pglite-pool.js';

export interface Database {
  pool: pg.Pool;
  kind: 'embedded' | 'server';
  /** As the database says it, such as `18.6`. */
  version: string;
  /** Whether `CREATE EXTENSION vector` can work here. */
  vectorAvailable: boolean;
  /** Waits for running queries. */
  close(): Promise<void>;
}

/** A server, or a folder of our own; the folder `memory` is no folder and is gone at `close`. */
export type DatabasePlace = { url: Secret } | { directory: string; from?: Blob };

export interface DatabaseOptions {
  /** Connections to a server, at most; default 20. One of them is kept by each queue worker. */
  poolSize?: number;
  /** Told of connections that broke while nobody was using them. */
  onError?: (error: Error) => void;
}

const OLDEST_SERVER = 15;
const SEARCH_PATH = 'SET search_path TO public, bullmq';
const STATEMENT_TIMEOUT_MS = 15_000;

/** @throws `database.bad_url`, `database.unreachable`, `database.too_old`, `database.read_only`, `database.locked`, `database.unreadable` */
export async function openDatabase(place: DatabasePlace, options: DatabaseOptions = {}): Promise<Database> {
  return 'url' in place ? openServer(place.url, options) : openEmbedded(place);
}

const BROKEN_LINK = /^(08|57P0|53300$|E(CONN|HOST|NET|PIPE|TIMEDOUT|AI_AGAIN)|ENOTFOUND)/;
const REFUSED_LINK = /^(28|3D000$)/;
const LOST_LINK =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection/;

/** What to throw for a failed query: `database.unreachable` when the connection is what failed, else the error. */
export function queryError(error: unknown): unknown {
  const code = codeOf(error);
  const isLink = BROKEN_LINK.test(code) || LOST_LINK.test(messageOf(error));
  return isLink ? unreachable(error) : error;
}

async function openServer(url: Secret, { poolSize = 20, onError }: DatabaseOptions): Promise<Database> {
  const report = (error: Error) => onError?.(error);
  const pool = serverPool(url, poolSize);
  pool.on('error', report);
  // A connection that breaks while it is checked out emits on the client, which would end the process.
  pool.on('connect', (client) => client.on('error', report));
  try {
    const facts = await factsOf(pool);
    refuseUnfit(facts);
    const close = once(async () => {
      // Whoever builds on the pool may have ended it: Kysely's `destroy` does.
      if (!pool.ending) await pool.end();
    });
    return { pool, kind: 'server', ...publicFacts(facts), close };
  } catch (error) {
    await pool.end();
    throw REFUSED_LINK.test(codeOf(error)) ? unreachable(error) : queryError(error);
  }
}

function serverPool(url: Secret, max: number): pg.Pool {
  try {
    const { protocol } = new URL(url.reveal());
    if (!/^postgres(ql)?:$/.test(protocol)) throw new TypeError('Not a Postgres URL');
    return new pg.Pool({
      connectionString: url.reveal(),
      application_name: 'openloop',
      max,
      // Statements that do not wait for one another leave together (pipelined-pool.ts).
      pipeline: true,
      types: columnTypes,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: 30_000,
      options: '-c search_path=public,bullmq',
    });
  } catch {
    // The reason is left out: it can quote the URL.
    throw new AppError('invalid', 'database.bad_url', 'DATABASE_URL is not a Postgres URL', {
      hint: 'It looks like postgresql://user:password@host:5432/openloop; escape special characters in the password',
    });
  }
}

async function openEmbedded({ directory, from }: { directory: string; from?: Blob }): Promise<Database> {
  const inMemory = directory === 'memory';
  if (!inMemory) await makePrivate(directory);
  const lock = inMemory ? undefined : lockDataFolder(directory);
  try {
    const pglite = await PGlite.create({
      dataDir: inMemory ? 'memory://' : join(directory, 'postgres'),
      extensions: { vector },
      ...(from && { loadDataDir: from }),
    });
    const pool = new PglitePool(pglite);
    await pool.query(SEARCH_PATH);
    const close = once(async () => {
      await pool.end();
      await pglite.close();
      lock?.release();
    });
    // Everything that stores, Kysely and BullMQ use of a pool is there; the compiler misses the members nobody uses.
    const asPool = pool as unknown as pg.Pool;
    return { pool: asPool, kind: 'embedded', ...publicFacts(await factsOf(asPool)), close };
  } catch (error) {
    lock?.release();
    throw unreadable(directory, error);
  }
}

/** PGlite makes its files readable by everybody, so the folder around them must not be. */
async function makePrivate(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (error) {
    throw unreadable(directory, error);
  }
}

interface Facts {
  version: string;
  major: number;
  isStandby: boolean;
  isReadOnly: boolean;
  hasVector: boolean;
}

async function factsOf(pool: pg.Pool): Promise<Facts> {
  const { rows } = await pool.query<Facts>(`
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num')::int / 10000 AS major,
           pg_is_in_recovery() AS "isStandby",
           current_setting('default_transaction_read_only')::bool AS "isReadOnly",
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') AS "hasVector"`);
  const [facts] = rows;
  if (!facts) throw new AppError('bug', 'database.no_facts', 'The database did not say what it is');
  return facts;
}

function publicFacts({ version, hasVector }: Facts): Pick<Database, 'version' | 'vectorAvailable'> {
  return { version, vectorAvailable: hasVector };
}

function refuseUnfit({ version, major, isStandby, isReadOnly }: Facts): void {
  if (major < OLDEST_SERVER) {
    throw new AppError('unavailable', 'database.too_old', `Postgres ${version} is too old`, {
      hint: `Use Postgres ${OLDEST_SERVER} or later`,
    });
  }
  if (isStandby || isReadOnly) {
    throw new AppError('unavailable', 'database.read_only', 'This Postgres takes no writes', {
      hint: 'Point DATABASE_URL at the primary, not at a standby, and without default_transaction_read_only',
    });
  }
}

function unreachable(cause: unknown): AppError {
  return new AppError('unavailable', 'database.unreachable', 'The database cannot be reached', {
    hint: `Check that Postgres runs and that DATABASE_URL is right (${codeOf(cause) || messageOf(cause)})`,
    cause,
  });
}

function unreadable(directory: string, cause: unknown): unknown {
  if (cause instanceof AppError) return cause;
  return new AppError('unavailable', 'database.unreadable', 'The embedded database cannot be opened', {
    hint: `Check that ${directory} is writable, has free space and was made by this version of OpenLoop`,
    cause,
  });
}

/** The code of a driver's or the system's error. Of several addresses that were tried, the first one's. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errors' in error && Array.isArray(error.errors) ? codeOf(error.errors[0]) : '';
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
