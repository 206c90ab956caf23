import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEMS = { linux: 'linux', darwin: 'darwin', win32: 'win' };

/**
 * The Node that everything but npm and the bootstrap runs on: the one from node_modules where the registry has a
 * build for this machine, else the one we are running on if it is new enough.
 */
export function findNode(root) {
  const target = `${SYSTEMS[process.platform] ?? process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const pinned = join(root, 'node_modules', `node-${target}`, 'bin', binary);
  if (existsSync(pinned)) return pinned;

  const least = readFileSync(join(root, '.nvmrc'), 'utf8').trim();
  if (Number(process.versions.node.split('.')[0]) >= Number(least)) return process.execPath;
  throw new Error(
    `There is no packaged Node for ${target}. Install Node ${least} or newer (https://nodejs.org) and run the command again; this is Node ${process.versions.node}`,
  );
}
