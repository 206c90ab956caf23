import { z } from 'zod';

import { AgentName, IdText, wholeNumber } from '../fields.js';
import { defineRoute } from '../route.js';
import {
  CompatApproval,
  CompatAuditRow,
  CompatInvocation,
  CompatUsage,
  InvokeTool,
  ResolveApproval,
} from '../views/compat.js';

/** Unversioned, for clients of earlier OpenLoops (compatibility.md §1.2): their shapes, our rules. */
export const compatRoutes = {
  'compat.usage': defineRoute({
    id: 'compat.usage',
    method: 'GET',
    path: '/usage',
    scope: 'usage:read',
    summary: "One agent's month so far",
    query: z.strictObject({ agent: AgentName.optional() }),
    response: CompatUsage,
  }),
  'compat.audit': defineRoute({
    id: 'compat.audit',
    method: 'GET',
    path: '/audit',
    scope: 'audit:read',
    summary: 'Model calls, newest first',
    query: z.strictObject({ limit: wholeNumber(1, 500).default(50) }),
    response: z.array(CompatAuditRow),
  }),
  'compat.approvals': defineRoute({
    id: 'compat.approvals',
    method: 'GET',
    path: '/approvals',
    scope: 'approvals:read',
    summary: 'What waits for a person',
    response: z.array(CompatApproval),
  }),
  'compat.resolve': defineRoute({
    id: 'compat.resolve',
    method: 'POST',
    path: '/approvals/:id/resolve',
    scope: 'approvals:decide',
    summary: 'Approve or deny, as the holder of the key',
    params: z.strictObject({ id: IdText }),
    body: ResolveApproval,
    response: CompatInvocation,
  }),
  'compat.invoke': defineRoute({
    id: 'compat.invoke',
    method: 'POST',
    path: '/tools/invoke',
    scope: 'tools:invoke',
    summary: "Call one tool under an agent's rules; writes are held where the agent's file says so",
    body: InvokeTool,
    response: CompatInvocation,
  }),
} as const;
