import { pino, type Logger } from 'pino';

import type { Secret, WorkspaceId } from '@openloop/kernel';

import { agentFiles, applyFiles, builtInDemo } from './agent-files.js';
import { Checkup } from './checks/checkup.js';
import type { Config } from './config.js';
import { ensureAdmin, WORKSPACE } from './first-admin.js';
import { httpApp, listen } from './http/http-app.js';
import { openSystem, type OpenSystem } from './open-system.js';
import { connectSurfaces, Hearing } from './surfaces.js';

export interface Serving extends OpenSystem {
  url: string;
  workspace: WorkspaceId;
  agents: readonly string[];
}

export function logger(level: string): Logger {
  return pino({ level, base: { name: 'openloop' } }, pino.destination({ fd: 2, sync: false }));
}

/** Opens the system, applies the agents of its folder (or the built-in demo), and takes up the roles it has. */
export async function serve(
  config: Config,
  { adminKey, withDemo = false }: { adminKey: Secret | null; withDemo?: boolean },
  log: Logger,
): Promise<Serving> {
  const opened = await openSystem(config, log);
  // What was started is ended in the other order, also when a later start fails.
  const ends = [() => opened.close()];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    return { ...(await start(opened, { config, adminKey, withDemo, log }, ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Starting {
  config: Config;
  adminKey: Secret | null;
  withDemo: boolean;
  log: Logger;
}

async function start(
  { system }: OpenSystem,
  { config, adminKey, withDemo, log }: Starting,
  ends: (() => Promise<void>)[],
): Promise<Omit<Serving, 'close'>> {
  const workspace = adminKey
    ? await ensureAdmin(system, adminKey)
    : await system.system.ensureWorkspace(WORKSPACE);
  const surfaces = connectSurfaces(system, workspace, config, log);
  const files = await agentFiles(config.agentsFolder);
  const isBare = files.length === 0 && withDemo;
  const agents = await applyFiles(system, workspace, isBare ? await builtInDemo() : files);
  if (config.roles.includes('workers')) system.workers.start();
  const heard = config.roles.includes('surfaces') ? surfaces : [];
  const checkup = new Checkup({ config, system, toolServers: system.toolServers });
  const app = await httpApp(system, checkup, heard);
  ends.push(() => app.close());
  const url = await listen(app, config.http);
  const hearing = new Hearing(heard, log);
  ends.push(() => hearing.stop());
  await hearing.start();
  return { system, url, workspace, agents };
}
