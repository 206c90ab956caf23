import { CheckArea, type ChecksReport, type StepCheck } from '@openloop/api-contract';
import { AppError, type WorkspaceId } from '@openloop/kernel';

import type { System } from '../compose.js';
import type { Config } from '../config.js';
import type { Grounds } from './grounds.js';
import { reportOf, runChecks, stepView } from './run-checks.js';

/** As much of the system as is looked at. */
type Looked = Pick<System, 'database' | 'queue' | 'reads' | 'surfaces'>;

interface Parts extends Pick<Grounds, 'toolServers'> {
  config: Config;
  system: Looked;
}

/** Looks a running server over. */
export class Checkup {
  constructor(private readonly parts: Parts) {}

  /** All areas when none is named. */
  run(workspace: WorkspaceId, areas: readonly CheckArea[] = CheckArea.options): Promise<ChecksReport> {
    const { config, system, toolServers } = this.parts;
    const grounds: Grounds = {
      config,
      isServing: true,
      database: { state: 'open', ...opened(system.database) },
      queueReady: () => system.queue.ready(),
      agents: async () => (await system.reads(workspace).agents.list()).map(({ current }) => current.agent),
      ...(toolServers && { toolServers }),
    };
    return runChecks(grounds, areas);
  }

  /** @throws AppError `surfaces.not_connected` */
  async test(
    name: string,
    channel: string,
    withinMs: number,
  ): Promise<{ data: StepCheck[]; errors: number; warnings: number }> {
    const { config, system } = this.parts;
    const surface = system.surfaces.get(name);
    if (!surface || !config.roles.includes('surfaces')) {
      const why = surface ? 'does not hear what happens in' : 'is not connected to';
      throw new AppError('not_found', 'surfaces.not_connected', `This server ${why} ${name}`, {
        hint: surface
          ? 'Ask the process whose OPENLOOP_ROLES has surfaces: --server URL'
          : `Connect it with \`openloop ${name} setup\` and start again`,
      });
    }
    return reportOf((await surface.test(channel, withinMs)).map(stepView));
  }
}

function opened({ pool, kind, version, vectorAvailable }: System['database']) {
  return { pool, kind, version, vectorAvailable };
}
