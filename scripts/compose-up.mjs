// Starts what docker-compose.yml describes without Docker: the same commands and environments as processes here, with
// Postgres and Redis of scripts/services.mjs. Waits until all are healthy, runs a command, stops them again:
//   node scripts/bootstrap.mjs --build scripts/services.mjs run -- node scripts/compose-up.mjs [--profile NAME] [-- COMMAND…]
// What is in deploy/.env is left out, so that nothing outside is reached.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readCompose, readImage, startOrder } from './compose-file.mjs';
import {
  databaseEnvironment,
  environmentOf,
  startService,
  stopService,
  untilHealthy,
} from './compose-processes.mjs';
import { freePorts } from './services/free-ports.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const KEY = 'olk_of-a-server-that-is-there-for-one-test-only';
const ADDRESSES = { postgres: 'OPENLOOP_TEST_DATABASE_URL', redis: 'OPENLOOP_TEST_REDIS_URL' };

async function main(args) {
  const { profiles, command } = argumentsOf(args);
  const databases = Object.fromEntries(
    Object.entries(ADDRESSES).map(([name, variable]) => {
      if (!process.env[variable])
        throw new Error(`${variable} is not set; run this under scripts/services.mjs`);
      return [name, new URL(process.env[variable])];
    }),
  );
  const file = readCompose(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), {
    POSTGRES_PASSWORD: databases.postgres.password,
    REDIS_PASSWORD: databases.redis.password,
    OPENLOOP_ADMIN_KEY: KEY,
    ...(profiles.length > 0 && { COMPOSE_PROFILES: profiles.join(',') }),
  });
  const folder = mkdtempSync(join(tmpdir(), 'openloop-compose-'));
  const started = [];
  // However this ends, a signal included, nothing is left running.
  process.once('exit', () => leaveNothing(started, folder));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  for (const entry of startOrder(file, profiles)) await bringUp(entry, { databases, folder, started });
  const code = await runCommand(command, started);
  return Math.max(code, await stopAll(started));
}

function leaveNothing(started, folder) {
  for (const { child, ended } of started) if (ended === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

function argumentsOf(args) {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const own = args.slice(0, end);
  if (own.length > 0 && !(own.length === 2 && own[0] === '--profile')) {
    throw new Error('Usage: compose-up.mjs [--profile NAME] [-- COMMAND…]');
  }
  return { profiles: own.slice(1), command: args.slice(end + 1) };
}

/** One service, as often as it says, until it is healthy: those after it may need that. */
async function bringUp([name, service], { databases, folder, started }) {
  const place = databases[name];
  if (place !== undefined) {
    const env = databaseEnvironment(service, { port: place.port, folder });
    await untilHealthy({ name, service, env });
    console.log(`${name}: healthy, by ${service.healthcheck.test.slice(1).join(' ')}`);
    return;
  }
  const image = readImage(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  const hosts = Object.fromEntries(Object.entries(databases).map(([host, url]) => [host, url.host]));
  const count = Number(service.deploy?.replicas ?? 1);
  const replicas = (await freePorts(count)).map((port, index) => {
    const env = environmentOf(service, { image, hosts, folder, port });
    return startService(`${name}-${index + 1}`, { service, image, env, folder });
  });
  started.push(...replicas);
  await Promise.all(replicas.map(untilHealthy));
  for (const { name: replica, env } of replicas) {
    console.log(`${replica}: healthy on ${env.PORT}, roles ${env.OPENLOOP_ROLES || 'all'}`);
  }
}

/** With the address and the key of the service `openloop`, as an operator has them. */
async function runCommand([program, ...args], started) {
  if (program === undefined) return 0;
  const server = started.find(({ name }) => name === 'openloop-1');
  const address = { OPENLOOP_SERVER: `http://127.0.0.1:${server.env.PORT}`, OPENLOOP_TOKEN: KEY };
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...address } });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function stopAll(started) {
  const ends = await Promise.all(started.map(async (each) => [each.name, await stopService(each)]));
  const bad = ends.filter(([, end]) => end !== 0);
  for (const [name, end] of bad) console.error(`${name} ended with ${end}`);
  console.log(`Stopped ${ends.length} processes`);
  return bad.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`Compose: ${error.message}`);
    process.exit(1); // what was started so far would keep this going
  },
);
