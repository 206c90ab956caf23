import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { missing } from './missing.mjs';

const DEBIAN = '/usr/lib/postgresql';
const LEAST_VERSION = 15;

/** The folder of Postgres' programs: the newest on Debian, else the one on the path. */
export function findPostgres() {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .map(Number)
        .filter((v) => v >= LEAST_VERSION)
    : [];
  const folders = versions.sort((a, b) => b - a).map((version) => join(DEBIAN, String(version), 'bin'));
  const bins = [...folders, ...(process.env.PATH ?? '').split(delimiter)];
  const bin = bins.find((folder) =>
    ['initdb', 'pg_ctl', 'psql'].every((name) => existsSync(join(folder, name))),
  );
  if (!bin) throw missing(`Postgres ${LEAST_VERSION} or newer`);
  return bin;
}

/** Makes a cluster under `folder`, with fsync on, and waits until it answers. */
export function startPostgres(bin, { folder, port, password }) {
  const home = join(folder, 'postgres');
  mkdirSync(home, { mode: 0o700 });
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveToPostgres(home, passwordFile);

  const cluster = clusterOf(folder);
  asPostgres(join(bin, 'initdb'), [
    `--pgdata=${cluster}`,
    '--username=openloop',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ]);
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`;
  const log = join(home, 'log');
  try {
    asPostgres(join(bin, 'pg_ctl'), [
      'start',
      '--wait',
      `--pgdata=${cluster}`,
      `--log=${log}`,
      `--options=${settings}`,
    ]);
  } catch (error) {
    const reason = existsSync(log) ? readFileSync(log, 'utf8') : error.message;
    throw new Error(`Postgres did not start: ${reason}`, { cause: error });
  }
  prepareDatabase(bin, { port, password });
}

function prepareDatabase(bin, { port, password }) {
  const query = (database, sql) =>
    execFileSync(
      join(bin, 'psql'),
      [
        '-h',
        '127.0.0.1',
        '-p',
        port,
        '-U',
        'openloop',
        '-d',
        database,
        '-v',
        'ON_ERROR_STOP=1',
        '-Atqc',
        sql,
      ],
      {
        env: { ...process.env, PGPASSWORD: password },
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
      },
    ).trim();
  const vector = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'";
  if (query('postgres', vector) !== '1') throw missing('pgvector');
  query('postgres', 'CREATE DATABASE openloop');
}

/** Stops the cluster under `folder`; one that is not running is left alone. */
export function stopPostgres(bin, folder) {
  const cluster = clusterOf(folder);
  if (!existsSync(join(cluster, 'postmaster.pid'))) return;
  asPostgres(join(bin, 'pg_ctl'), ['stop', '--wait', '--mode=immediate', `--pgdata=${cluster}`]);
}

function clusterOf(folder) {
  return join(folder, 'postgres', 'cluster');
}

/** Postgres refuses to run as root, so root runs it as the user that its package made. */
function asPostgres(program, args) {
  const [command, ...prefix] = isRoot() ? ['runuser', '-u', 'postgres', '--', program] : [program];
  // `pg_ctl start` hands its output streams on to the server, so a pipe here would stay open as long as that runs.
  execFileSync(command, [...prefix, ...args], { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
}

function giveToPostgres(...paths) {
  if (!isRoot()) return;
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  for (const path of paths) chownSync(path, id('-u'), id('-g'));
}

function isRoot() {
  return process.getuid?.() === 0;
}
