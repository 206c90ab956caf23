import { z } from 'zod';

import { AgentName, isSaneRange, listOf, Period, SANE_RANGE } from '../fields.js';
import { defineRoute } from '../route.js';
import { UsageGrouping, UsageReport } from '../views/usage.js';

export const usageRoutes = {
  'usage.report': defineRoute({
    id: 'usage.report',
    method: 'GET',
    path: '/v1/usage',
    scope: 'usage:read',
    summary: 'Spend and tokens; the current month when no period is given',
    query: z
      .strictObject({
        group_by: listOf(UsageGrouping).default(['agent', 'model']),
        agent: AgentName.optional(),
        ...Period,
      })
      .refine(isSaneRange, SANE_RANGE),
    response: UsageReport,
  }),
} as const;
