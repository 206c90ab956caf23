import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { errorCodeOf } from '../error-code.js';
import { wrongUsage } from '../exit-code.js';
import type { Io } from '../io.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'you may not write there',
  ENOSPC: 'the disk is full',
};

/**
 * Writes what `--out` asks for; `mode` is that of a new file.
 * @throws AppError `cli.usage` with what stands in the way.
 */
export async function writeOut(
  { cwd }: Pick<Io, 'cwd'>,
  file: string,
  { text, mode }: { text: string; mode?: number },
): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text, mode === undefined ? {} : { mode });
  } catch (error) {
    const code = errorCodeOf(error);
    const why = REASONS[code] ?? (code || 'unknown reason');
    throw wrongUsage(
      `Cannot write ${file}: ${why}`,
      'name a file in a folder that is there and that you may write to with --out',
    );
  }
}
