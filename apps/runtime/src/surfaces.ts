import { slackSurface, type ConnectedSurface } from '@openloop/adapter-slack';
import { AppError, type WorkspaceId } from '@openloop/kernel';

import type { Log, System } from './compose.js';
import type { Config } from './config.js';
import { WorkspaceDesk } from './desk.js';

/** Connects the chat products that the configuration names. Messages go out from here on; nothing is heard yet. */
export function connectSurfaces(
  system: System,
  workspace: WorkspaceId,
  { slack }: Pick<Config, 'slack'>,
  log: Log,
): ConnectedSurface[] {
  const desk = new WorkspaceDesk(system, workspace);
  const connected = slack ? [slackSurface({ ...slack, log }, desk)] : [];
  for (const surface of connected) system.surfaces.set(surface.name, surface);
  return connected;
}

const RETRY_MS = 10_000;

/**
 * Begins to hear on each surface. A product that is away is tried again, so that it never keeps the rest from starting.
 * @throws AppError when its settings are wrong
 */
export async function startHearing(
  surfaces: readonly ConnectedSurface[],
  log: Log,
): Promise<() => Promise<void>> {
  const retries = new Set<NodeJS.Timeout>();
  const begin = async (surface: ConnectedSurface): Promise<void> => {
    try {
      await surface.start();
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'unavailable') throw error;
      log.warn({ err: error, surface: surface.name }, 'A surface is away; it is tried again');
      const again = setTimeout(() => {
        retries.delete(again);
        begin(surface).catch((err: unknown) =>
          log.error({ err, surface: surface.name }, 'A surface stays closed'),
        );
      }, RETRY_MS);
      retries.add(again);
    }
  };
  await Promise.all(surfaces.map(begin));
  return async () => {
    for (const retry of retries) clearTimeout(retry);
    await Promise.all(surfaces.map((surface) => surface.stop()));
  };
}
