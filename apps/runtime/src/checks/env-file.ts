import { chmod, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { randomChars } from '@openloop/kernel';

const PRIVATE = 0o600;
const DRAFT_CHARS = 10;

/**
 * Puts values into `.env` and leaves every other line as it is, comments and order included. The file is whole at every
 * moment, and from then on only its owner may read it. Values must need no quotes.
 */
export async function setInEnvFile(
  folder: string,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const named = join(folder, '.env');
  // Through a link to where the text really is.
  const file = await realpath(named).catch(() => named);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const draft = `${file}.${randomChars(DRAFT_CHARS)}`;
  try {
    await writeFile(draft, withValues(text, values), { mode: PRIVATE, flag: 'wx' });
    await chmod(draft, PRIVATE);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return file;
}

/** Every line that sets one of the names gets the new value; names that no line sets come at the end. */
export function withValues(text: string, values: Readonly<Record<string, string>>): string {
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  const left = new Map(Object.entries(values));
  const lines = text.split(/\r?\n/).map((line) => {
    const [, before, name] = /^(\s*(?:export\s+)?)([A-Z][A-Z0-9_]*)\s*=/.exec(line) ?? [];
    if (name === undefined || !Object.hasOwn(values, name)) return line;
    left.delete(name);
    return `${before}${name}=${values[name]}`;
  });
  if (left.size === 0) return lines.join(newLine);
  if (lines.at(-1) === '') lines.pop();
  const added = [...left].map(([name, value]) => `${name}=${value}`);
  return [...lines, ...added, ''].join(newLine);
}
