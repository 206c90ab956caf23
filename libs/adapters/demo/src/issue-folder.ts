import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '@openloop/kernel';

const ISSUE_FILE = /^([1-9]\d{0,8})\.md$/;
/** Windows has no such flag; there `lstat` alone guards. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const MOST_RACES = 1000;

/** Numbered Markdown files in one folder. Follows no symbolic link in it, and names no file but by number. */
export class IssueFolder {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, 'issues');
  }

  /**
   * Writes the next number's file, whole or not at all, and returns the number.
   * Two writers, also in two programs, never get the same one: `link` refuses a name that is taken.
   *
   * @throws what the file system says; `wroteNothing` tells whether the issue can exist all the same.
   */
  async add(text: string): Promise<number> {
    await mkdir(this.#path, { recursive: true });
    await this.#refuseLink();
    const draft = join(this.#path, `.draft-${randomUUID()}`);
    try {
      await writeDurably(draft, text);
      return await this.#publish(draft);
    } finally {
      // A draft left behind harms nothing; an error here would hide that the issue was written.
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  /** Makes the names in the folder survive a power cut. */
  async flush(): Promise<void> {
    if (process.platform === 'win32') return; // directories can't be opened there
    const folder = await open(this.#path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Smallest first. Empty when nothing was ever written. */
  async numbers(): Promise<number[]> {
    const entries = await this.#entries();
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => Number(ISSUE_FILE.exec(entry.name)?.[1]))
      .filter((number) => Number.isSafeInteger(number))
      .toSorted((a, b) => a - b);
  }

  /** `null` when there is no such issue. */
  async read(number: number): Promise<string | null> {
    if (!(await this.numbers()).includes(number)) return null;
    const file = await open(join(this.#path, `${number}.md`), constants.O_RDONLY | NO_FOLLOW);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  async #publish(draft: string): Promise<number> {
    let number = ((await this.numbers()).at(-1) ?? 0) + 1;
    for (let races = 0; races < MOST_RACES; races += 1, number += 1) {
      try {
        await link(draft, join(this.#path, `${number}.md`));
        return number;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
    throw new AppError(
      'unavailable',
      'demo.folder_busy',
      'No free issue number was found in the demo folder',
    );
  }

  async #entries(): Promise<Dirent[]> {
    try {
      await this.#refuseLink();
      return await readdir(this.#path, { withFileTypes: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #refuseLink(): Promise<void> {
    if ((await lstat(this.#path)).isDirectory()) return;
    throw new AppError('forbidden', 'demo.folder_not_plain', 'The demo issues folder is not a plain folder', {
      hint: 'Remove the link or file named issues from the demo directory',
    });
  }
}

const REFUSALS = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOENT',
  'ENOTDIR',
  'EMFILE',
  'EMLINK',
]);

/** Whether an error of `add` proves that no issue was made. An I/O error proves nothing. */
export function wroteNothing(error: unknown): boolean {
  return error instanceof AppError || REFUSALS.has(codeOf(error) ?? '');
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What went wrong, without the folder's path: the words reach models and chats. */
export function reasonOf(error: unknown): string {
  return error instanceof AppError ? error.message : (codeOf(error) ?? 'unexpected error');
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
