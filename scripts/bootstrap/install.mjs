import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether node_modules holds what package-lock.json asks for.
 *
 * npm writes its own lockfile into node_modules when an install has succeeded and removes it when the next one
 * begins, so comparing the two needs no mark of ours and also knows installs that somebody made by hand.
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing');
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!present) return false;
  return Object.entries(wanted)
    .filter(([path, entry]) => path.includes('node_modules/') && !mayBeAbsent(entry))
    .every(([path, entry]) => isSame(entry, present[path]));
}

/** Packages for another platform, and those that only such packages need, are left out of node_modules. */
function mayBeAbsent({ optional, devOptional, os, cpu, libc }) {
  return Boolean(optional || devOptional || os || cpu || libc);
}

function isSame(wanted, present) {
  if (!present) return false;
  return wanted.link ? present.resolved === wanted.resolved : present.version === wanted.version;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Installs exactly the lockfile. Nothing we depend on needs an install script, so none is run. */
export function install(root) {
  console.error('Installing dependencies (once, about a minute)…');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  const [command, ...prefix] = npm();
  const { status, error } = spawnSync(command, [...prefix, 'ci', ...options, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (error) throw new Error(`npm could not be started: ${error.message}`);
  if (status !== 0) throw new Error('npm ci failed; its message is above');
}

/** The npm that started us, else the one on the path: the command and its first arguments. */
export function npm() {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') ? [process.execPath, script] : ['npm'];
}
