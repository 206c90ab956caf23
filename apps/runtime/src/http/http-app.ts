import 'reflect-metadata';

import { queryError } from '@openloop/adapter-postgres';
import { AppError, randomChars, systemClock } from '@openloop/kernel';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';

import type { ConnectedSurface } from '@openloop/adapter-slack';

import type { Checkup } from '../checks/checkup.js';
import type { System } from '../compose.js';
import { AgentsController } from './agents.controller.js';
import { ApprovalsController } from './approvals.controller.js';
import { CHECKUP, ChecksController } from './checks.controller.js';
import { CompatController } from './compat.controller.js';
import type { KnownRequest } from './endpoint.js';
import { ErrorFilter, NOTHING_HERE } from './error-filter.js';
import { KeyGuard } from './key-guard.js';
import { KeysController } from './keys.controller.js';
import { LedgerController } from './ledger.controller.js';
import { RunsController } from './runs.controller.js';
import { SystemController } from './system.controller.js';
import { SYSTEM } from './system-token.js';

const REQUEST_ID_CHARS = 20;
/** Longer than proxies and clients keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;

/** Everything that answers HTTP. Nest knows the parts of the system, and none of them knows Nest. */
@Module({})
class HttpModule {
  static of(system: System, checkup: Checkup): DynamicModule {
    return {
      module: HttpModule,
      controllers: [
        SystemController,
        AgentsController,
        RunsController,
        ApprovalsController,
        LedgerController,
        KeysController,
        CompatController,
        ChecksController,
      ],
      providers: [
        { provide: SYSTEM, useValue: system },
        { provide: CHECKUP, useValue: checkup },
        { provide: APP_GUARD, useValue: new KeyGuard(system.keyRing, systemClock) },
        { provide: APP_FILTER, useValue: new ErrorFilter(system.log, queryError) },
      ],
    };
  }
}

/** The HTTP server of a composed system, not yet listening. */
export async function httpApp(
  system: System,
  checkup: Checkup,
  surfaces: readonly Pick<ConnectedSurface, 'name' | 'httpHandler'>[] = [],
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(HttpModule.of(system, checkup), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
    // Without it, closing would wait for every open event stream.
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  app.use(identify);
  // They check signatures over the bytes as they came, so nothing may read a body before them.
  for (const { name, httpHandler } of surfaces) if (httpHandler) app.use(`/${name}/events`, httpHandler);
  app.useBodyParser('raw', {
    type: ['application/json', 'application/*+json'],
    limit: '1mb',
    inflate: false,
  });
  app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
  return app;
}

/** @throws AppError `unavailable` / `http.port_taken` */
export async function listen(
  app: NestExpressApplication,
  { port, host }: { port: number; host: string },
): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    throw new AppError('unavailable', 'http.port_taken', `Cannot listen on ${host}:${port}`, {
      cause,
      hint: 'Stop what uses the port, or set PORT to another one',
    });
  }
  return app.getUrl();
}

function identify(request: KnownRequest, response: Response, next: NextFunction): void {
  request.requestId = `req_${randomChars(REQUEST_ID_CHARS)}`;
  response.setHeader('x-request-id', request.requestId);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  // No name and no id holds a NUL, and no database takes one.
  next(/%00/.test(request.url) ? new AppError('not_found', 'route_not_found', NOTHING_HERE) : undefined);
}
