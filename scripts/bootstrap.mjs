// Makes a fresh machine ready, then runs a script on the Node that the project pins:
//   node scripts/bootstrap.mjs [--build] [node options] FILE [arguments]
// Runs on Node 20 without dependencies, because it is what installs them. Says what it does on stderr only.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { install, isInstalled } from './bootstrap/install.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { findNode } from './bootstrap/node.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(ROOT, '.nx', 'bootstrap.lock');
/** `bin/openloop` compares the sources with the time of this file. */
const BUILT = join(ROOT, 'node_modules', '.cache', 'openloop-built');

async function main() {
  const args = process.argv.slice(2);
  const wantsBuild = args[0] === '--build';
  if (wantsBuild) args.shift();

  if (!isInstalled(ROOT)) await withLock(LOCK, () => isInstalled(ROOT) || install(ROOT));
  const node = findNode(ROOT);
  const env = {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  };
  if (wantsBuild) await withLock(LOCK, () => build(node, env));
  if (args.length > 0) run(node, args, env);
}

function build(node, env) {
  const startedAt = new Date();
  if (!existsSync(BUILT)) console.error('Building…');
  const { status } = spawnSync(node, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The build failed; the errors are above');
  mkdirSync(dirname(BUILT), { recursive: true });
  writeFileSync(BUILT, '');
  // What is saved while the build runs must count as newer than it.
  utimesSync(BUILT, startedAt, startedAt);
}

/** Stays in the background until the script ends, and ends as it did. */
function run(node, args, env) {
  const child = spawn(node, args, { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; twice would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

function fail(error) {
  console.error(`OpenLoop: ${error.message}`);
  process.exitCode = 1;
}

main().catch(fail);
