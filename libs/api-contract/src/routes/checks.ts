import { z } from 'zod';

import { listOf } from '../fields.js';
import { defineRoute } from '../route.js';
import { CheckArea, ChecksReport, SurfaceTest, TestSurface } from '../views/check.js';

export const checkRoutes = {
  'checks.list': defineRoute({
    id: 'checks.list',
    method: 'GET',
    path: '/v1/checks',
    scope: 'admin',
    summary: 'Look at everything that OpenLoop needs, now, and say what to do about what is wrong',
    query: z.strictObject({ area: listOf(CheckArea).optional() }),
    response: ChecksReport,
  }),
  'surfaces.test': defineRoute({
    id: 'surfaces.test',
    method: 'POST',
    path: '/v1/surfaces/:name/test',
    scope: 'admin',
    summary: 'Post a card with a harmless button in a channel, and wait until somebody presses it',
    params: z.strictObject({ name: z.string().min(1).max(40) }),
    body: TestSurface,
    response: SurfaceTest,
  }),
} as const;
