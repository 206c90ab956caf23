import { access, constants, mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { failed, warned, well, type Check } from '@openloop/surfaces';

import type { Grounds } from './grounds.js';
import { reasonOf } from './words.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SCARCE_BYTES = GIB;
const FULL_BYTES = 100 * MIB;

/** Whether the data folder can be written to, and how much more fits. */
export async function diskChecks({ config: { dataFolder } }: Grounds): Promise<Check[]> {
  const folder = await nearestFolder(resolve(dataFolder));
  return [await writableCheck(folder, dataFolder), await spaceCheck(folder)];
}

/** The folder itself, or the one it will be made in. */
async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  const parent = dirname(path);
  return found || parent === path ? path : nearestFolder(parent);
}

async function writableCheck(folder: string, dataFolder: string): Promise<Check> {
  const isThere = folder === resolve(dataFolder);
  try {
    // Only writing shows what quotas and read-only mounts allow; a folder that is not ours is not written to.
    if (isThere) await rmdir(await mkdtemp(join(folder, '.doctor-')));
    else await access(folder, constants.W_OK);
    return well(
      'data folder',
      isThere ? `${dataFolder} is writable` : `${dataFolder} is made at the first start`,
    );
  } catch (error) {
    const fix =
      'Give the user that runs OpenLoop the right to write there, or set OPENLOOP_DATA to another folder';
    return failed('data folder', `${dataFolder} cannot be written to (${reasonOf(error)})`, fix);
  }
}

async function spaceCheck(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  return spaceWords(bavail * bsize);
}

export function spaceWords(free: number): Check {
  const words = free >= GIB ? `${(free / GIB).toFixed(1)} GiB free` : `${Math.floor(free / MIB)} MiB free`;
  const fix = 'Make room, or move the folder of OPENLOOP_DATA to a larger disk while the server is stopped';
  if (free < FULL_BYTES) return failed('disk', words, fix);
  if (free < SCARCE_BYTES) return warned('disk', words, fix);
  return well('disk', words);
}
