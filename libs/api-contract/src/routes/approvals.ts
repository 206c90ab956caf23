import { z } from 'zod';

import { AgentName, Flag, IdText, listOf, pageOf, Page } from '../fields.js';
import { defineRoute } from '../route.js';
import { ApprovalStatus, ApprovalView, ApproveApproval, DenyApproval } from '../views/approval.js';

const ById = z.strictObject({ id: IdText });

export const approvalRoutes = {
  'approvals.list': defineRoute({
    id: 'approvals.list',
    method: 'GET',
    path: '/v1/approvals',
    scope: 'approvals:read',
    summary: 'Approvals, newest first',
    query: z.strictObject({
      status: listOf(ApprovalStatus).optional(),
      agent: AgentName.optional(),
      /** Only what the caller may decide. */
      mine: Flag.default(false),
      ...Page,
    }),
    response: pageOf(ApprovalView),
  }),
  'approvals.get': defineRoute({
    id: 'approvals.get',
    method: 'GET',
    path: '/v1/approvals/:id',
    scope: 'approvals:read',
    summary: 'One approval, by its long or short id',
    params: ById,
    response: ApprovalView,
  }),
  'approvals.approve': defineRoute({
    id: 'approvals.approve',
    method: 'POST',
    path: '/v1/approvals/:id/approve',
    scope: 'approvals:decide',
    summary: 'Approve exactly what the digest names, as the holder of the key',
    params: ById,
    body: ApproveApproval,
    response: ApprovalView,
  }),
  'approvals.deny': defineRoute({
    id: 'approvals.deny',
    method: 'POST',
    path: '/v1/approvals/:id/deny',
    scope: 'approvals:decide',
    summary: 'Deny, as the holder of the key; the reason goes to the agent',
    params: ById,
    body: DenyApproval,
    response: ApprovalView,
  }),
} as const;
