import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { parseAgents, type Agent } from '@openloop/agent-spec';
import { failed, warned, well, type Check } from '@openloop/surfaces';

import { Environment, type Config } from '../config.js';
import type { Grounds } from './grounds.js';
import { listed, reasonOf } from './words.js';

/** What was set, and the agent files that are applied at the next start. */
export async function configChecks({ config }: Grounds): Promise<Check[]> {
  return [...settingChecks(config), ...(await secretFileChecks()), ...(await agentFileChecks(config))];
}

function settingChecks({ http, roles, adminKey, redisUrl, database }: Config): Check[] {
  const checks = [well('settings', `roles ${listed(roles)}; listens on ${http.host}:${http.port}`)];
  const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(http.host);
  if (!isLoopback && !adminKey) {
    const fix = 'Set OPENLOOP_ADMIN_KEY unless keys were made earlier: `openloop keys list`';
    checks.push(warned('admin key', 'it listens beyond this machine and has no OPENLOOP_ADMIN_KEY', fix));
  }
  if (redisUrl && 'directory' in database) {
    const fix = 'Set DATABASE_URL as well: the embedded database serves one process only';
    checks.push(warned('size', 'Redis is set and the database is the embedded one', fix));
  }
  return checks;
}

const OTHERS_MAY_READ = 0o077;

/** `.env` holds keys. Where there is none, or where modes mean nothing, nothing is said. */
async function secretFileChecks(): Promise<Check[]> {
  const found = await stat('.env').catch(() => null);
  if (!found || process.platform === 'win32') return [];
  if ((found.mode & OTHERS_MAY_READ) === 0) return [well('.env', 'only its owner may read it')];
  return [warned('.env', 'others on this machine may read it', 'chmod 600 .env')];
}

async function agentFileChecks({ agentsFolder }: Config): Promise<Check[]> {
  try {
    const { files, agents, faults } = await readAgentFiles(agentsFolder);
    if (faults.length === 0) {
      return [well('agent files', `${agents.length} agents in ${files} files of ${agentsFolder}`)];
    }
    const fix = `Correct them: \`openloop validate -f ${agentsFolder}\` shows each place`;
    return [failed('agent files', `${faults.length} errors, the first: ${faults[0]}`, fix)];
  } catch (error) {
    return [failed('agent files', `${agentsFolder} cannot be read (${reasonOf(error)})`, 'Set AGENTS_DIR')];
  }
}

/** The agents of a folder, as far as they can be told without a server. No folder is no agents. */
export async function readAgentFiles(
  folder: string,
): Promise<{ files: number; agents: Agent[]; faults: string[] }> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const wanted = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  const read = await Promise.all(
    wanted.map(async (name) => parseAgents(await readFile(join(folder, name)), join(folder, name))),
  );
  const problems = read.flatMap((each) => each.problems).filter(({ severity }) => severity === 'error');
  return {
    files: wanted.length,
    agents: read.flatMap(({ documents }) => documents.map(({ agent }) => agent)),
    faults: problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
  };
}

/** Read by the CLI, or by the tests; not by the server. */
const OTHERS = /^OPENLOOP_(SERVER$|TOKEN$|TEST_)/;

/** Names that look like ours and that nothing reads: a slip of the pen leaves a surface silently unconnected. */
export function strayNames(names: readonly string[]): Check[] {
  const ours = new Set(Object.keys(Environment.shape));
  const stray = names.filter(
    (name) => /^(SLACK|OPENLOOP)_/.test(name) && !ours.has(name) && !OTHERS.test(name),
  );
  if (stray.length === 0) return [];
  return [warned('names', `nothing reads ${listed(stray)}`, '.env.example lists every name that is read')];
}
