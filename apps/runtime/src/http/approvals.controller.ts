import type { ApprovalFilter } from '@openloop/approvals';
import { routes, type OutputOf } from '@openloop/api-contract';
import { Controller, Inject } from '@nestjs/common';

import type { System } from '../compose.js';
import { approvalView } from '../views/approval-view.js';
import { agentNamed } from './agents.controller.js';
import { approvalOf, decideAs } from './decisions.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';
import { pageOf } from './pages.js';
import { SYSTEM } from './system-token.js';

const {
  'approvals.list': list,
  'approvals.get': get,
  'approvals.approve': approve,
  'approvals.deny': deny,
} = routes;

@Controller()
export class ApprovalsController {
  constructor(@Inject(SYSTEM) private readonly system: System) {}

  @Endpoint(list)
  async list(@Call() { query, caller }: CallTo<typeof list>): Promise<OutputOf<typeof list>> {
    const reads = this.system.reads(caller.workspaceId);
    const filter: ApprovalFilter = {
      ...(query.status && { states: query.status.map((status) => (status === 'held' ? 'pending' : status)) }),
      ...(query.agent && { agentId: (await agentNamed(reads, query.agent)).id }),
      ...(query.mine && { approver: caller.principal.handle }),
    };
    return pageOf(query, (page) => reads.approvals.list(filter, page), {
      idOf: ({ approval }) => approval.id,
      view: approvalView,
    });
  }

  @Endpoint(get)
  async get(@Call() { params, caller }: CallTo<typeof get>): Promise<OutputOf<typeof get>> {
    return approvalView(await approvalOf(this.system, caller, params.id));
  }

  @Endpoint(approve)
  async approve(
    @Call() { params, body, caller, via }: CallTo<typeof approve>,
  ): Promise<OutputOf<typeof approve>> {
    const { approval } = await approvalOf(this.system, caller, params.id);
    const { digest, reason = null } = body;
    await decideAs(this.system, caller, { approvalId: approval.id, verdict: 'approve', digest, reason, via });
    return approvalView(await approvalOf(this.system, caller, approval.id));
  }

  @Endpoint(deny)
  async deny(@Call() { params, body, caller, via }: CallTo<typeof deny>): Promise<OutputOf<typeof deny>> {
    const { approval } = await approvalOf(this.system, caller, params.id);
    const { reason = null } = body;
    await decideAs(this.system, caller, {
      approvalId: approval.id,
      verdict: 'deny',
      digest: null,
      reason,
      via,
    });
    return approvalView(await approvalOf(this.system, caller, approval.id));
  }
}
