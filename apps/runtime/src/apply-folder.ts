import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { renderProblem } from '@openloop/agent-spec';
import { apply } from '@openloop/agents';
import { AppError, type WorkspaceId } from '@openloop/kernel';

import type { System } from './compose.js';

/** The agent files of a folder; none when there is no such folder. */
async function agentFiles(folder: string): Promise<{ file: string; text: string }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new AppError('invalid', 'agents.folder', `The folder ${folder} cannot be read`, {
      cause: error,
      hint: 'Set AGENTS_DIR',
    });
  });
  const wanted = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return Promise.all(
    wanted.map(async (name) => ({
      file: join(folder, name),
      text: await readFile(join(folder, name), 'utf8'),
    })),
  );
}

/**
 * Applies every agent of a folder, all or none; unchanged ones stay as they are. Gives the names of what is there.
 * @throws AppError `invalid` / `agents.invalid` with each problem at its place
 */
export async function applyFolder(
  { transact, parseOptions }: System,
  workspace: WorkspaceId,
  folder: string,
): Promise<string[]> {
  const files = await agentFiles(folder);
  if (files.length === 0) return [];
  const request = {
    files,
    isDryRun: false,
    message: `from ${folder}`,
    expected: {},
    by: { kind: 'system' as const },
  };
  const { problems, agents, isApplied } = await apply(transact, workspace, request, parseOptions);
  if (isApplied) return agents.map(({ name }) => name);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const words = errors.map((problem) =>
    renderProblem(problem, files.find(({ file }) => file === problem.file)?.text ?? ''),
  );
  throw new AppError(
    'invalid',
    'agents.invalid',
    `The agents in ${folder} were not applied:\n${words.join('\n')}`,
    {
      hint: 'Correct the files and start again',
    },
  );
}
