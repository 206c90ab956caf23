import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { AppError } from '@openloop/kernel';

export interface DataLock {
  release(): void;
}

interface Owner {
  pid: number;
  /** When that process started, so that another one with the same pid is not taken for it. */
  started: string;
  host: string;
  token: string;
}

const BEAT_MS = 5_000;
const SILENT_MS = 30_000;
const TRIES = 5;

/**
 * Makes this process the only one that uses `directory`, until `release` or the end of the process.
 * PGlite does not look whether somebody else has its folder open.
 *
 * A lock whose process is gone is taken over. A lock from another host (two containers on one volume) counts as held
 * while its file is touched.
 * @throws `database.locked`
 */
export function lockDataFolder(directory: string): DataLock {
  const path = join(directory, 'openloop.lock');
  const owner: Owner = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    host: hostname(),
    token: randomUUID(),
  };
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (claim(path, owner)) return held(path, owner);
    const found = ownerIn(path);
    if (found && isAlive(found, path)) throw lockedBy(found);
    if (found) setAside(path, found);
  }
  throw new AppError('conflict', 'database.locked', 'The lock on the data folder keeps changing hands', {
    hint: `Start one OpenLoop per folder; if none is running, delete ${path}`,
  });
}

/** Atomic: the file appears with its content, or not at all because one is there. */
function claim(path: string, owner: Owner): boolean {
  const draft = `${path}.${owner.token}`;
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Removes a dead owner's lock. If a live one slipped in between looking and moving, it is put back. */
function setAside(path: string, dead: Owner): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (ownerIn(aside)?.token !== dead.token) linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    quietly(() => unlinkSync(aside));
  }
}

function held(path: string, owner: Owner): DataLock {
  const isOurs = () => ownerIn(path)?.token === owner.token;
  const beat = setInterval(() => {
    const now = new Date();
    if (isOurs()) quietly(() => utimesSync(path, now, now));
  }, BEAT_MS);
  beat.unref();
  const release = () => {
    clearInterval(beat);
    process.off('exit', release);
    if (isOurs()) quietly(() => unlinkSync(path));
  };
  process.on('exit', release);
  return { release };
}

function ownerIn(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const unreadable: Owner = { pid: 0, started: '', host: hostname(), token: text };
  try {
    const { pid, started, host, token } = Object(JSON.parse(text));
    return typeof pid === 'number' && typeof token === 'string' ? { pid, started, host, token } : unreadable;
  } catch {
    return { ...unreadable };
  }
}

function isAlive(owner: Owner, path: string): boolean {
  if (owner.host !== hostname()) return Date.now() - touchedAt(path) < SILENT_MS;
  if (owner.pid <= 0 || !exists(owner.pid)) return false;
  const started = startOf(owner.pid);
  return started === undefined || !owner.started || started === owner.started;
}

function touchedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'win32') return undefined;
    if (process.platform !== 'linux') {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
      );
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; the start time is the 22nd.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19);
  } catch {
    return undefined;
  }
}

function lockedBy({ pid, host }: Owner): AppError {
  const where = host === hostname() ? `pid ${pid}` : `pid ${pid} on ${host}`;
  return new AppError('conflict', 'database.locked', `Another OpenLoop (${where}) uses this folder`, {
    hint: 'Stop it, or give this one its own folder in OPENLOOP_DATA, or use DATABASE_URL for several processes',
    details: { pid, host },
  });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The lock is judged by its content and its age, so a touch or a removal that fails does no harm.
  }
}
