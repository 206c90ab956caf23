// One service of the compose file as a process of this machine: the image's own command and environment, with the
// names of other services and the paths of volumes replaced by what stands in for them here.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { durationMs } from './compose-file.mjs';
import { findPostgres } from './services/postgres.mjs';
import { findRedis } from './services/redis.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const IN_IMAGE = '/app/';
const POLL_MS = 100;
const KEPT_OUTPUT = 8_000;
const run = promisify(execFile);

/** The environment as the container has it, but for hosts, paths, its port and where its programs are. */
export function environmentOf(service, { image, hosts, folder, port }) {
  const env = { ...image.env, ...service.environment };
  const here = Object.entries(env).map(([name, value]) => [
    name,
    mapped(String(value), { service, hosts, folder }),
  ]);
  return {
    PATH: process.env.PATH,
    HOME: folder,
    ...Object.fromEntries(here),
    HOST: '127.0.0.1',
    PORT: String(port),
  };
}

function mapped(value, { service, hosts, folder }) {
  const volume = (service.volumes ?? [])
    .map((text) => text.split(':'))
    .find(([, target]) => target === value);
  if (volume !== undefined)
    return volume[0].startsWith('.') ? resolve(ROOT, volume[0]) : join(folder, volume[0]);
  const url = URL.canParse(value) ? new URL(value) : null;
  const standIn = url === null ? undefined : hosts[url.hostname];
  if (standIn === undefined) return value;
  url.host = standIn;
  return url.href;
}

/** Paths in the image lie the same way in the repository. */
function inRepository(command) {
  return command.map((word) => (word.startsWith(IN_IMAGE) ? join(ROOT, word.slice(IN_IMAGE.length)) : word));
}

/** A started service; its output is kept for when it fails. */
export function startService(name, { service, image, env, folder }) {
  for (const [source] of (service.volumes ?? []).map((text) => text.split(':'))) {
    if (!source.startsWith('.')) mkdirSync(join(folder, source), { recursive: true });
  }
  const [program, ...args] = inRepository(image.command);
  // Not the repository: a `.env` there is not in the image.
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { name, service, env, output: '', ended: null, child };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (started.output = (started.output + chunk).slice(-KEPT_OUTPUT)));
  }
  child.on('error', (error) => (started.ended ??= error.message));
  child.on('exit', (code, signal) => (started.ended ??= signal ?? code));
  return started;
}

/**
 * Runs the healthcheck's own command until it succeeds, for as long as Docker would give it.
 *
 * @param {{ name: string, service: object, env: object, ended?: unknown, output?: string }} started
 * @throws Error with what the command and the process said
 */
export async function untilHealthy(started) {
  const { test, start_period, interval, retries, timeout } = started.service.healthcheck;
  const deadline = Date.now() + durationMs(start_period) + durationMs(interval) * retries;
  for (;;) {
    const said = await unhealthy(test, started.env, durationMs(timeout));
    if (said === null) return;
    const over = Date.now() > deadline;
    if (over || (started.ended ?? null) !== null) {
      const why = over ? 'is not healthy in time' : `ended with ${started.ended}`;
      throw new Error(`${started.name} ${why}: ${said}\n${started.output ?? ''}`);
    }
    await sleep(POLL_MS);
  }
}

/** What a check said that did not succeed. */
async function unhealthy([kind, ...words], env, timeout) {
  const [program, ...args] = kind === 'CMD' ? inRepository(words) : ['sh', '-c', ...words];
  try {
    await run(program, args, { env, timeout });
    return null;
  } catch (error) {
    return `${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message;
  }
}

/** What a check of Postgres or Redis is run with: their programs, told the port that these have here. */
export function databaseEnvironment(service, { port, folder }) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  // It takes its port from no variable.
  const client = `#!/bin/sh\nexec ${join(findRedis(), 'redis-cli')} -p ${port} "$@"\n`;
  writeFileSync(join(bin, 'redis-cli'), client, { mode: 0o755 });
  const path = [bin, findPostgres(), process.env.PATH].join(delimiter);
  return { ...service.environment, PATH: path, PGPORT: port };
}

/** As `docker compose stop`: a signal, the grace period, then the end. Gives how it ended. */
export async function stopService({ child, ended, service }) {
  if (ended !== null) return ended;
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), durationMs(service.stop_grace_period));
  const [code, signal] = await over;
  clearTimeout(timer);
  return signal ?? code;
}
