import { AppError } from '@openloop/kernel';
import { glob, open, readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

import { errorCodeOf } from '../error-code.js';
import { wrongUsage } from '../exit-code.js';
import type { Io } from '../io.js';

export interface AgentSource {
  /** As it was named, for messages. */
  file: string;
  bytes: Uint8Array;
}

const SUFFIX = /\.(ya?ml|json)$/i;
const MOST_FILES = 500;
const MOST_BYTES = 1_000_000;

/**
 * What `-f` names: files, directories (`-R` for those below too), globs, and `-` for stdin, each file once.
 * @throws AppError `cli.usage` / `cli.file` for what cannot be read, in words of its own for each case.
 */
export async function readAgentFiles(
  io: Io,
  targets: readonly string[],
  isRecursive: boolean,
): Promise<AgentSource[]> {
  const files = new Map<string, string>();
  const sources: AgentSource[] = [];
  for (const target of targets) {
    if (target === '-') sources.push({ file: '<stdin>', bytes: await readInput(io) });
    else for (const file of await filesOf(io, target, isRecursive)) files.set(resolve(io.cwd, file), file);
  }
  if (files.size > MOST_FILES)
    throw fault(`${files.size} files are too many; ${MOST_FILES} are the most at once`);
  for (const [path, file] of files) sources.push({ file, bytes: await readSource(path, file) });
  return sources;
}

async function filesOf(io: Io, target: string, isRecursive: boolean): Promise<string[]> {
  const path = resolve(io.cwd, target);
  const found = await statOf(path, target);
  if (found?.isDirectory()) return filesIn(path, target, isRecursive);
  if (found) return [target];
  if (!/[*?[{]/.test(target)) throw fault(`There is no file ${target}`);
  const matches: string[] = [];
  for await (const match of glob(target, { cwd: io.cwd })) matches.push(match);
  const files = matches.filter((match) => SUFFIX.test(match)).toSorted();
  if (files.length === 0) throw fault(`No .yaml, .yml or .json file matches ${target}`);
  return files;
}

async function filesIn(path: string, target: string, isRecursive: boolean): Promise<string[]> {
  const entries = await readdir(path, { recursive: isRecursive, withFileTypes: true }).catch(
    (error: unknown) => {
      throw unreadable(target, error);
    },
  );
  const files = entries
    .filter((entry) => !entry.isDirectory() && SUFFIX.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(target, relative(path, entry.parentPath), entry.name))
    .toSorted();
  if (files.length > 0) return files;
  const deeper = isRecursive ? '' : '; -R looks into the folders below too';
  throw fault(`${target} holds no .yaml, .yml or .json file${deeper}`);
}

async function readSource(path: string, file: string): Promise<Uint8Array> {
  const found = await statOf(path, file);
  // A pipe or a device would be read for ever, or hang.
  if (!found?.isFile()) throw fault(`${file} is not a regular file`);
  if (found.size > MOST_BYTES) throw fault(`${file} is too large for an agent file (${found.size} bytes)`);
  try {
    await using handle = await open(path, 'r');
    return await handle.readFile();
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function statOf(path: string, file: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error))) return null;
    throw unreadable(file, error);
  }
}

async function readInput(io: Io): Promise<Uint8Array> {
  if (io.stdin.isTTY)
    throw wrongUsage(
      '-f - reads from a pipe, and this is a terminal',
      'pipe a file into the command, or name one with -f',
    );
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) throw fault('What stdin gives is too large for agent files');
    chunks.push(bytes);
  }
  if (size === 0) throw fault('Nothing came from stdin');
  return Buffer.concat(chunks);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by you',
  EPERM: 'may not be read by you',
  ELOOP: 'is a symbolic link that leads back to itself',
  EISDIR: 'is a directory',
};

function unreadable(file: string, error: unknown): AppError {
  const code = errorCodeOf(error);
  return fault(`${file} ${REASONS[code] ?? `cannot be read (${code || 'unknown reason'})`}`);
}

function fault(message: string): AppError {
  return new AppError('invalid', 'cli.file', message, {
    hint: 'name files, folders or globs with -f; - is stdin',
  });
}
