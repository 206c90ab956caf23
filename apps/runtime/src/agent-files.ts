import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { renderProblem } from '@openloop/agent-spec';
import { apply } from '@openloop/agents';
import { AppError, type WorkspaceId } from '@openloop/kernel';

import type { System } from './compose.js';

interface SourceFile {
  file: string;
  text: string;
}

/** Seen from here it is the same file when built. */
const BUILT_IN_DEMO = fileURLToPath(new URL('../../../agents/demo.yaml', import.meta.url));

/** The agent files of a folder; none when there is no such folder. */
export async function agentFiles(folder: string): Promise<SourceFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new AppError('invalid', 'agents.folder', `The folder ${folder} cannot be read`, {
      cause: error,
      hint: 'Set AGENTS_DIR',
    });
  });
  const wanted = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return Promise.all(wanted.map((name) => read(join(folder, name))));
}

/** What a `dev` without agents of its own starts with. */
export async function builtInDemo(): Promise<SourceFile[]> {
  return [await read(BUILT_IN_DEMO)];
}

async function read(file: string): Promise<SourceFile> {
  return { file, text: await readFile(file, 'utf8') };
}

/**
 * Applies agents, all or none; unchanged ones stay as they are. Gives their names. An approver nobody knows is a
 * warning here: a name that changed in Slack must not keep a server from starting, nor may a tool that its owner changed
 * be accepted because of a restart.
 * @throws AppError `invalid` / `agents.invalid` with each problem at its place
 */
export async function applyFiles(
  { transact, parseOptions, surfaces, log }: System,
  workspace: WorkspaceId,
  files: readonly SourceFile[],
): Promise<string[]> {
  if (files.length === 0) return [];
  const by = { kind: 'system' as const };
  const request = { files, isDryRun: false, message: 'applied at start', expected: {}, by };
  const { problems, agents, isApplied } = await apply(transact, workspace, request, {
    ...parseOptions,
    directories: [...surfaces.values()],
    isUnattended: true,
  });
  for (const { severity, file, line, message } of problems) {
    if (severity === 'warning') log.warn({ file, line }, message);
  }
  if (isApplied) return agents.map(({ name }) => name);

  const textOf = (name: string) => files.find(({ file }) => file === name)?.text ?? '';
  const errors = problems.filter(({ severity }) => severity === 'error');
  const words = errors.map((problem) => renderProblem(problem, textOf(problem.file))).join('\n');
  throw new AppError('invalid', 'agents.invalid', `No agent was applied, because of:\n${words}`, {
    hint: 'Correct the files and start again',
  });
}
