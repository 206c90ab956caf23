import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { missing } from './missing.mjs';

const ANSWER_MS = 10_000;
const POLL_MS = 50;

/** The programs of Redis on the path. */
export function findRedis() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const bin = folders.find((folder) =>
    ['redis-server', 'redis-cli'].every((name) => existsSync(join(folder, name))),
  );
  if (!bin) throw missing('Redis');
  return bin;
}

/** Starts a server that keeps everything in memory and never evicts, and waits until it answers. */
export function startRedis(bin, { folder, port, password }) {
  const home = join(folder, 'redis');
  mkdirSync(home, { mode: 0o700 });
  const settings = {
    bind: '127.0.0.1',
    port,
    requirepass: password,
    daemonize: 'yes',
    dir: home,
    pidfile: pidFileOf(folder),
    logfile: join(home, 'log'),
    save: '""',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const config = join(home, 'redis.conf');
  writeFileSync(
    config,
    Object.entries(settings)
      .map((pair) => `${pair.join(' ')}\n`)
      .join(''),
    { mode: 0o600 },
  );
  execFileSync(join(bin, 'redis-server'), [config], { stdio: ['ignore', 'ignore', 'inherit'] });
  awaitAnswer(bin, { port, password, log: settings.logfile });
}

function awaitAnswer(bin, { port, password, log }) {
  const deadline = Date.now() + ANSWER_MS;
  while (!answers(bin, { port, password })) {
    if (Date.now() > deadline) throw new Error(`Redis did not start: ${readFileSync(log, 'utf8')}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
}

function answers(bin, { port, password }) {
  try {
    const options = { env: { ...process.env, REDISCLI_AUTH: password }, stdio: ['ignore', 'pipe', 'ignore'] };
    return (
      String(
        execFileSync(join(bin, 'redis-cli'), ['-h', '127.0.0.1', '-p', port, 'ping'], options),
      ).trim() === 'PONG'
    );
  } catch {
    return false;
  }
}

/** Stops the server under `folder`, if there is one. */
export function stopRedis(folder) {
  const file = pidFileOf(folder);
  if (!existsSync(file)) return;
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function pidFileOf(folder) {
  return join(folder, 'redis', 'pid');
}
