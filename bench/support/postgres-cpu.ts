import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import pg from 'pg';

const STAT = { parent: 3, user: 13, system: 14, endedUser: 15, endedSystem: 16 };

/**
 * A clock of the CPU milliseconds of a Postgres server: its first process, all of its present ones, and those that
 * ended. Gives `null` where they cannot be seen: another machine, or one that is no Linux.
 */
export async function postgresCpuClock(url: string): Promise<() => number | null> {
  const server = await serverOf(url);
  if (server === null) return () => null;
  const tickMs = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return () => {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), stat: statOf(Number(name)) }));
    const ticks = all.map(({ pid, stat }) => {
      if (!stat) return 0;
      const own = (stat[STAT.user] ?? 0) + (stat[STAT.system] ?? 0);
      if (pid === server) return own + (stat[STAT.endedUser] ?? 0) + (stat[STAT.endedSystem] ?? 0);
      return stat[STAT.parent] === server ? own : 0;
    });
    return ticks.reduce((sum, each) => sum + each, 0) * tickMs;
  };
}

async function serverOf(url: string): Promise<number | null> {
  if (!existsSync('/proc/self/stat') || !/@(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url)) return null;
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return statOf(rows[0]?.pid ?? 0)?.[STAT.parent] ?? null;
  } finally {
    await client.end();
  }
}

/** The numbers of `/proc/<pid>/stat`, at their places counted from 0 (proc(5)); `null` when it has ended. */
function statOf(pid: number): number[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name may have spaces; what follows its closing bracket is the third field.
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [pid, Number.NaN, ...rest.map(Number)];
  } catch {
    return null;
  }
}
