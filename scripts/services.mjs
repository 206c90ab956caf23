// Private Postgres (with pgvector) and Redis for tests and benchmarks, in a temporary folder on free ports.
//   node scripts/services.mjs run -- COMMAND…   starts them, runs the command with their addresses, stops them
//   node scripts/services.mjs up                starts them and prints the addresses as shell exports
//   node scripts/services.mjs down              stops what `up` started
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePorts } from './services/free-ports.mjs';
import { findPostgres, startPostgres, stopPostgres } from './services/postgres.mjs';
import { findRedis, startRedis, stopRedis } from './services/redis.mjs';

const STATE = join(dirname(dirname(fileURLToPath(import.meta.url))), '.nx', 'services.json');

async function start() {
  const programs = { postgres: findPostgres(), redis: findRedis() };
  const folder = mkdtempSync(join(tmpdir(), 'openloop-services-'));
  chmodSync(folder, 0o711);
  try {
    const password = randomBytes(16).toString('hex');
    const [postgresPort, redisPort] = await freePorts(2);
    startPostgres(programs.postgres, { folder, port: postgresPort, password });
    startRedis(programs.redis, { folder, port: redisPort, password });
    const env = {
      OPENLOOP_TEST_SERVICES: '1',
      OPENLOOP_TEST_DATABASE_URL: `postgres://openloop:${password}@127.0.0.1:${postgresPort}/openloop`,
      OPENLOOP_TEST_REDIS_URL: `redis://default:${password}@127.0.0.1:${redisPort}`,
    };
    return { folder, bin: programs.postgres, env };
  } catch (error) {
    stop({ folder, bin: programs.postgres });
    throw error;
  }
}

function stop({ folder, bin }) {
  stopPostgres(bin, folder);
  stopRedis(folder);
  rmSync(folder, { recursive: true, force: true });
}

async function runWithServices([command, ...args]) {
  if (!command) throw new Error('Say what to run: services.mjs run -- COMMAND…');
  const services = await start();
  console.error(`Postgres and Redis are up in ${services.folder}`);
  try {
    return await exitCodeOf(
      spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...services.env } }),
    );
  } finally {
    stop(services);
  }
}

function exitCodeOf(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function up() {
  if (existsSync(STATE))
    throw new Error('They are up already; stop them with: node scripts/services.mjs down');
  const services = await start();
  mkdirSync(dirname(STATE), { recursive: true });
  writeFileSync(STATE, JSON.stringify(services), { mode: 0o600 });
  for (const [name, value] of Object.entries(services.env)) console.log(`export ${name}='${value}'`);
}

function down() {
  if (!existsSync(STATE)) return;
  stop(JSON.parse(readFileSync(STATE, 'utf8')));
  rmSync(STATE);
}

async function main([verb, ...rest]) {
  if (verb === 'run') return runWithServices(rest[0] === '--' ? rest.slice(1) : rest);
  if (verb === 'up') await up();
  else if (verb === 'down') down();
  else throw new Error('Usage: services.mjs run -- COMMAND… | up | down');
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`Services: ${error.message}`);
    process.exitCode = 1;
  },
);
