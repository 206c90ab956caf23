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

/** Hears on the connected surfaces. A product that is away is tried again, and never keeps the rest from starting. */
export class Hearing {
  readonly #retries = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(
    private readonly surfaces: readonly ConnectedSurface[],
    private readonly log: Log,
  ) {}

  /** @throws AppError when the settings of one are wrong */
  async start(): Promise<void> {
    await Promise.all(this.surfaces.map((surface) => this.#begin(surface)));
  }

  /** Nothing new is heard once it resolves, also by a surface that was being tried just then. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const retry of this.#retries) clearTimeout(retry);
    await Promise.all(this.surfaces.map((surface) => surface.stop()));
  }

  async #begin(surface: ConnectedSurface): Promise<void> {
    try {
      await surface.start();
      if (this.#isStopped) await surface.stop();
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'unavailable') throw error;
      if (!this.#isStopped) this.#tryLater(surface, error);
    }
  }

  #tryLater(surface: ConnectedSurface, error: AppError): void {
    const { log } = this;
    log.warn({ err: error, surface: surface.name }, 'A surface is away; it is tried again');
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      this.#begin(surface).catch((err: unknown) =>
        log.error({ err, surface: surface.name }, 'A surface stays closed'),
      );
    }, RETRY_MS);
    this.#retries.add(retry);
  }
}
