import { routes, type OutputOf } from '@openloop/api-contract';
import { Controller, Inject } from '@nestjs/common';

import type { Checkup } from '../checks/checkup.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';

/** Under which Nest hands out the checkup. */
export const CHECKUP = Symbol('openloop:checkup');

const { 'checks.list': list, 'surfaces.test': test } = routes;

@Controller()
export class ChecksController {
  constructor(@Inject(CHECKUP) private readonly checkup: Checkup) {}

  @Endpoint(list)
  list(@Call() { query, caller }: CallTo<typeof list>): Promise<OutputOf<typeof list>> {
    return this.checkup.run(caller.workspaceId, query.area);
  }

  @Endpoint(test)
  test(@Call() { params, body }: CallTo<typeof test>): Promise<OutputOf<typeof test>> {
    return this.checkup.test(params.name, body.channel, body.within * 1000);
  }
}
