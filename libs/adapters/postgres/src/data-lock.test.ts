import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { lockDataFolder } from './data-lock.js';

describe('lockDataFolder', () => {
  let directory: string;
  const path = () => join(directory, 'openloop.lock');
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'openloop-lock-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** The lock of this process, changed as if somebody else had written it. */
  function leaveLock(change: Record<string, unknown>): void {
    lockDataFolder(directory).release();
    const lock = lockDataFolder(directory);
    const owner = { ...JSON.parse(readFileSync(path(), 'utf8')), token: 'theirs', ...change };
    writeFileSync(path(), JSON.stringify(owner));
    lock.release();
  }

  function lockIt(): string {
    try {
      lockDataFolder(directory).release();
      return 'locked';
    } catch (error) {
      return String(error);
    }
  }

  async function otherProgram(): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log(1)'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout ?? child, 'data');
    return child;
  }

  async function end(child: ChildProcess): Promise<void> {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  it('refuses the second who comes and says who is in', () => {
    const lock = lockDataFolder(directory);
    expect(() => lockDataFolder(directory)).toThrow(`Another OpenLoop (pid ${process.pid}) uses this folder`);
    lock.release();
    lockDataFolder(directory).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('respects a process that runs, and takes over when it was killed', async () => {
    const child = await otherProgram();
    leaveLock({ pid: child.pid, started: '' });
    expect(lockIt()).toContain(`pid ${child.pid}`);
    await end(child);
    expect(lockIt()).toBe('locked');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes over when the pid belongs to another process by now', () => {
    leaveLock({ pid: process.pid, started: 'before' });
    expect(lockIt()).toBe('locked');
  });

  it('respects a lock from another host while it is touched, and takes over when it falls silent', () => {
    leaveLock({ host: 'another-host' });
    expect(lockIt()).toContain('another-host');
    const minuteAgo = new Date(Date.now() - 60_000);
    utimesSync(path(), minuteAgo, minuteAgo);
    expect(lockIt()).toBe('locked');
  });

  it('takes over a lock file that nobody can read', () => {
    writeFileSync(path(), '{"pid":');
    expect(lockIt()).toBe('locked');
  });

  it('does not take away the lock of whoever came after', () => {
    const lost = lockDataFolder(directory);
    rmSync(path());
    const next = lockDataFolder(directory);
    lost.release();
    expect(lockIt()).toContain('Another OpenLoop');
    next.release();
  });
});
