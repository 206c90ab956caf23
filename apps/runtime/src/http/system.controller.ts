import { pendingMigrations } from '@openloop/adapter-postgres';
import { openApiDocument, routes, type OutputOf } from '@openloop/api-contract';
import { AppError, type WorkspaceId } from '@openloop/kernel';
import { allowedPermissions } from '@openloop/policy';
import { Controller, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';

import type { System } from '../compose.js';
import { WORKSPACE } from '../first-admin.js';
import { VERSION } from '../version.js';
import { Endpoint } from './endpoint.js';
import { SYSTEM } from './system-token.js';

const {
  'system.version': version,
  'system.openapi': openApi,
  'system.health': health,
  'system.live': live,
  'system.ready': ready,
} = routes;

@Controller()
export class SystemController {
  #workspace: Promise<WorkspaceId> | undefined;

  constructor(@Inject(SYSTEM) private readonly system: System) {}

  @Endpoint(version)
  version(): OutputOf<typeof version> {
    return { name: 'openloop', version: VERSION, min_client: VERSION };
  }

  @Endpoint(openApi)
  openApi(): OutputOf<typeof openApi> {
    return openApiDocument(VERSION);
  }

  /** What earlier clients read: names only, and only of what an agent is allowed and something provides. */
  @Endpoint(health)
  async health(): Promise<OutputOf<typeof health>> {
    const agents = await this.system.reads(await this.#home()).agents.list();
    const allowed = new Set(agents.flatMap(({ current }) => allowedPermissions(current.agent)));
    const tools = this.system.catalog.permissions().map(({ permission }) => permission);
    return {
      status: 'ok',
      agents: agents.map(({ current }) => current.agent.name),
      providers: [...this.system.models.providers()],
      memory: 'PostgresMemoryStore',
      usage: 'PostgresUsageStore',
      tools: tools.filter((permission) => allowed.has(permission)).toSorted(),
    };
  }

  /** This route has no key to say whose agents are meant: it is those of the installation's own workspace. */
  #home(): Promise<WorkspaceId> {
    return (this.#workspace ??= this.system.system.ensureWorkspace(WORKSPACE));
  }

  @Endpoint(live)
  live(): OutputOf<typeof live> {
    return { status: 'ok' };
  }

  @Endpoint(ready)
  async ready(@Res() response: Response): Promise<void> {
    const checks = await Promise.all([
      check('database', () => this.system.database.pool.query('select 1')),
      check('migrations', async () => {
        const pending = await pendingMigrations(this.system.database.pool);
        if (pending.length > 0)
          throw new AppError('unavailable', 'migrations.pending', `Not run yet: ${pending.join(', ')}`);
      }),
      check('queue', () => this.system.queue.ready()),
    ]);
    const isReady = checks.every(({ ok }) => ok);
    const body: OutputOf<typeof ready> = { status: isReady ? 'ok' : 'unavailable', checks };
    response.status(isReady ? 200 : 503).json(body);
  }
}

async function check(name: string, look: () => Promise<unknown>) {
  try {
    await look();
    return { name, ok: true, detail: null };
  } catch (error) {
    // Anybody may ask: a driver's words can name hosts and users.
    return { name, ok: false, detail: error instanceof AppError ? error.message : 'It does not answer' };
  }
}
